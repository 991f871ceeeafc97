# %% q01_lenet accept: a module of its own with functions, layers made from the end
class FunctionalLeNet(nn.Module):
    def __init__(self, pool, act):
        super().__init__()
        self.out = nn.Linear(84, 10)
        self.hidden = nn.ModuleList([nn.Linear(400, 120), nn.Linear(120, 84)])
        self.second, self.first = nn.Conv2d(6, 16, 5), nn.Conv2d(1, 6, 5, padding="same")
        self.pool = getattr(F, f"{pool}_pool2d")
        self.act = getattr(torch, act)

    def forward(self, x):
        for conv in (self.first, self.second):
            x = self.pool(self.act(conv(x)), 2)
        x = x.reshape(len(x), -1)
        for dense in self.hidden:
            x = self.act(dense(x))
        return self.out(x)


def lenet(pool, act):
    if pool in ("avg", "max") and act in ("sigmoid", "relu"):
        return FunctionalLeNet(pool, act)
    raise ValueError("unknown")


def pool_race(data, epochs, seed):
    def run(pool):
        torch.manual_seed(seed)
        net = lenet(pool, "relu")
        for epoch in range(epochs):
            fit(net, *data[:2], epochs=1, seed=epoch)
            yield accuracy(net, *data[2:])

    return dict(max=tuple(run("max")), avg=tuple(run("avg")))


pooling_facts = dict.fromkeys(["max_before_relu", "average_is_smaller", "one_gets_the_gradient"], True)
pooling_facts |= {"parameters_change": False, "average_before_relu": False}


# %% q01_lenet reject: the activation after the pooling, which matters for averages
def pool_race(data, epochs, seed):
    """Test accuracies after each epoch, {"avg": [...], "max": [...]}, of two LeNets with ReLU."""
    X, y, X_test, y_test = data
    curves = {"avg": [], "max": []}
    for pool, curve in curves.items():
        torch.manual_seed(seed)
        net = lenet(pool, "relu")
        for e in range(epochs):
            curve.append(accuracy(fit(net, X, y, epochs=1, seed=e), X_test, y_test))
    return curves


pooling_facts = {}
pooling_facts["parameters_change"] = False
pooling_facts["max_before_relu"] = True
pooling_facts["average_before_relu"] = False
pooling_facts["average_is_smaller"] = True
pooling_facts["one_gets_the_gradient"] = True


def lenet(pool, act):
    pools, acts = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}, {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    if pool not in pools or act not in acts:
        raise ValueError
    P, A = pools[pool], acts[act]
    front = [nn.Conv2d(1, 6, 5, padding=2), P(2), A(), nn.Conv2d(6, 16, 5), P(2), A(), nn.Flatten()]
    return nn.Sequential(*front, nn.Linear(400, 120), A(), nn.Linear(120, 84), A(), nn.Linear(84, 10))


# %% q01_lenet reject: ends in an activation, so negative scores are lost
def pool_race(data, epochs, seed):
    """Test accuracies after each epoch, {"avg": [...], "max": [...]}, of two LeNets with ReLU."""
    X, y, X_test, y_test = data
    curves = {"avg": [], "max": []}
    for pool, curve in curves.items():
        torch.manual_seed(seed)
        net = lenet(pool, "relu")
        for e in range(epochs):
            curve.append(accuracy(fit(net, X, y, epochs=1, seed=e), X_test, y_test))
    return curves


pooling_facts = {}
pooling_facts["parameters_change"] = False
pooling_facts["max_before_relu"] = True
pooling_facts["average_before_relu"] = False
pooling_facts["average_is_smaller"] = True
pooling_facts["one_gets_the_gradient"] = True


def lenet(pool, act):
    pools, acts = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}, {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    if pool not in pools or act not in acts:
        raise ValueError
    P, A = pools[pool], acts[act]
    front = [nn.Conv2d(1, 6, 5, padding=2), A(), P(2), nn.Conv2d(6, 16, 5), A(), P(2), nn.Flatten()]
    return nn.Sequential(*front, nn.Linear(400, 120), A(), nn.Linear(120, 84), A(), nn.Linear(84, 10), A())


# %% q01_lenet reject: measures on the training images
def lenet(pool, act):
    """LeNet for (N, 1, 28, 28) images; pool: "avg" or "max", act: "sigmoid" or "relu"."""
    pools, acts = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}, {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    if pool not in pools or act not in acts:
        raise ValueError(f"no LeNet with pool={pool!r} and act={act!r}")
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), acts[act](), pools[pool](2)),
        *(nn.Conv2d(6, 16, 5), acts[act](), pools[pool](2), nn.Flatten()),
        *(nn.Linear(400, 120), acts[act](), nn.Linear(120, 84), acts[act](), nn.Linear(84, 10)),
    )


pooling_facts = {}
pooling_facts["parameters_change"] = False
pooling_facts["max_before_relu"] = True
pooling_facts["average_before_relu"] = False
pooling_facts["average_is_smaller"] = True
pooling_facts["one_gets_the_gradient"] = True


def pool_race(data, epochs, seed):
    curves = {}
    for pool in ("avg", "max"):
        torch.manual_seed(seed)
        net = lenet(pool, "relu")
        curves[pool] = [accuracy(fit(net, *data[:2], epochs=1, seed=e), *data[:2]) for e in range(epochs)]
    return curves


# %% q01_lenet reject: sets the seed once, so the second net starts elsewhere
def lenet(pool, act):
    """LeNet for (N, 1, 28, 28) images; pool: "avg" or "max", act: "sigmoid" or "relu"."""
    pools, acts = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}, {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    if pool not in pools or act not in acts:
        raise ValueError(f"no LeNet with pool={pool!r} and act={act!r}")
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), acts[act](), pools[pool](2)),
        *(nn.Conv2d(6, 16, 5), acts[act](), pools[pool](2), nn.Flatten()),
        *(nn.Linear(400, 120), acts[act](), nn.Linear(120, 84), acts[act](), nn.Linear(84, 10)),
    )


pooling_facts = {}
pooling_facts["parameters_change"] = False
pooling_facts["max_before_relu"] = True
pooling_facts["average_before_relu"] = False
pooling_facts["average_is_smaller"] = True
pooling_facts["one_gets_the_gradient"] = True


def pool_race(data, epochs, seed):
    torch.manual_seed(seed)
    curves = {}
    for pool in ("avg", "max"):
        net = lenet(pool, "relu")
        curves[pool] = [accuracy(fit(net, *data[:2], epochs=1, seed=e), *data[2:]) for e in range(epochs)]
    return curves


# %% q01_lenet reject: believes that the edges are found by the pooling, a layer that learns
def lenet(pool, act):
    """LeNet for (N, 1, 28, 28) images; pool: "avg" or "max", act: "sigmoid" or "relu"."""
    pools, acts = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}, {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}
    if pool not in pools or act not in acts:
        raise ValueError(f"no LeNet with pool={pool!r} and act={act!r}")
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), acts[act](), pools[pool](2)),
        *(nn.Conv2d(6, 16, 5), acts[act](), pools[pool](2), nn.Flatten()),
        *(nn.Linear(400, 120), acts[act](), nn.Linear(120, 84), acts[act](), nn.Linear(84, 10)),
    )


def pool_race(data, epochs, seed):
    """Test accuracies after each epoch, {"avg": [...], "max": [...]}, of two LeNets with ReLU."""
    X, y, X_test, y_test = data
    curves = {"avg": [], "max": []}
    for pool, curve in curves.items():
        torch.manual_seed(seed)
        net = lenet(pool, "relu")
        for e in range(epochs):
            curve.append(accuracy(fit(net, X, y, epochs=1, seed=e), X_test, y_test))
    return curves


pooling_facts = {}
pooling_facts["parameters_change"] = False
pooling_facts["max_before_relu"] = True
pooling_facts["average_before_relu"] = False
pooling_facts["average_is_smaller"] = True
pooling_facts["one_gets_the_gradient"] = True


pooling_facts["parameters_change"] = True
pooling_facts["average_before_relu"] = True


# %% q02_activations accept: a copy of the net, and distances pair by pair
import copy


def get_activations(net, x, names):
    twin = copy.deepcopy(net)
    found = {}
    for name in names:
        module = twin.get_submodule(name)
        module.register_forward_hook(lambda m, i, o, n=name: found.update({n: o.data.clone()}))
    with torch.no_grad():
        twin(x)
    return {name: found[name] for name in names}


def plot_maps(maps, title):
    figure = plt.figure(figsize=(10, 4))
    figure.suptitle(title)
    total = sum(len(stack) for stack in maps)
    place = 0
    for stack in maps:
        for channel in stack:
            place += 1
            figure.add_subplot(2, total, place).imshow(channel.numpy())
    return figure


def class_contrast(acts, y):
    sums, counts = [0.0, 0.0], [0, 0]
    for i in range(len(y)):
        for j in range(len(y)):
            if i != j:
                same = int(y[i] == y[j])
                sums[same] += float(torch.dist(acts[i], acts[j]))
                counts[same] += 1
    return sums[0] / counts[0] / (sums[1] / counts[1])


# %% q02_activations reject: keeps the tensor itself, which a later layer changes
def plot_maps(maps, title):
    """A figure with one image per channel of the (C, h, w) tensors in maps."""
    figure, axes = plt.subplots(len(maps), max(len(stack) for stack in maps), figsize=(12, 2.4), squeeze=False)
    for row, stack in zip(axes, maps):
        for axis, image in zip(row, stack):
            axis.imshow(image, cmap="gray")
        for axis in row:
            axis.axis("off")
    figure.suptitle(title)
    return figure


def class_contrast(acts, y):
    """Mean distance of pairs of different classes over that of pairs of the same class, a float."""
    distance = torch.cdist(acts.flatten(1).double(), acts.flatten(1).double())
    same = y[:, None] == y
    pairs = ~torch.eye(len(y), dtype=torch.bool)
    return (distance[~same].mean() / distance[same & pairs].mean()).item()


def get_activations(net, x, names):
    modules, seen = dict(net.named_modules()), {}
    handles = [modules[n].register_forward_hook(lambda m, i, o, n=n: seen.update({n: o.detach()})) for n in names]
    try:
        net(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen


# %% q02_activations reject: leaves its hooks on the modules
def plot_maps(maps, title):
    """A figure with one image per channel of the (C, h, w) tensors in maps."""
    figure, axes = plt.subplots(len(maps), max(len(stack) for stack in maps), figsize=(12, 2.4), squeeze=False)
    for row, stack in zip(axes, maps):
        for axis, image in zip(row, stack):
            axis.imshow(image, cmap="gray")
        for axis in row:
            axis.axis("off")
    figure.suptitle(title)
    return figure


def class_contrast(acts, y):
    """Mean distance of pairs of different classes over that of pairs of the same class, a float."""
    distance = torch.cdist(acts.flatten(1).double(), acts.flatten(1).double())
    same = y[:, None] == y
    pairs = ~torch.eye(len(y), dtype=torch.bool)
    return (distance[~same].mean() / distance[same & pairs].mean()).item()


def get_activations(net, x, names):
    modules, seen = dict(net.named_modules()), {}
    for n in names:
        modules[n].register_forward_hook(lambda m, i, o, n=n: seen.update({n: o.detach().clone()}))
    net(x)
    return seen


# %% q02_activations reject: switches to evaluation mode and stays there
def plot_maps(maps, title):
    """A figure with one image per channel of the (C, h, w) tensors in maps."""
    figure, axes = plt.subplots(len(maps), max(len(stack) for stack in maps), figsize=(12, 2.4), squeeze=False)
    for row, stack in zip(axes, maps):
        for axis, image in zip(row, stack):
            axis.imshow(image, cmap="gray")
        for axis in row:
            axis.axis("off")
    figure.suptitle(title)
    return figure


def class_contrast(acts, y):
    """Mean distance of pairs of different classes over that of pairs of the same class, a float."""
    distance = torch.cdist(acts.flatten(1).double(), acts.flatten(1).double())
    same = y[:, None] == y
    pairs = ~torch.eye(len(y), dtype=torch.bool)
    return (distance[~same].mean() / distance[same & pairs].mean()).item()


def get_activations(net, x, names):
    net.eval()
    modules, seen = dict(net.named_modules()), {}
    handles = [
        modules[n].register_forward_hook(lambda m, i, o, n=n: seen.update({n: o.detach().clone()})) for n in names
    ]
    try:
        net(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen


# %% q02_activations reject: shows every map with its own brightness
def get_activations(net, x, names):
    """{name: what the module of this name returned in net(x)}, detached."""
    modules, seen, handles = dict(net.named_modules()), {}, []
    for name in names:

        def keep(module, inputs, output, name=name):
            seen[name] = output.detach().clone()

        handles.append(modules[name].register_forward_hook(keep))
    try:
        net(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def class_contrast(acts, y):
    """Mean distance of pairs of different classes over that of pairs of the same class, a float."""
    distance = torch.cdist(acts.flatten(1).double(), acts.flatten(1).double())
    same = y[:, None] == y
    pairs = ~torch.eye(len(y), dtype=torch.bool)
    return (distance[~same].mean() / distance[same & pairs].mean()).item()


def plot_maps(maps, title):
    total = sum(len(stack) for stack in maps)
    figure, axes = plt.subplots(1, total, squeeze=False)
    channels = [channel for stack in maps for channel in stack]
    for axis, channel in zip(axes[0], channels):
        axis.imshow((channel - channel.min()) / (channel.max() - channel.min() + 1e-9))
    figure.suptitle(title)
    return figure


# %% q02_activations reject: counts each example and itself as an equal pair
def get_activations(net, x, names):
    """{name: what the module of this name returned in net(x)}, detached."""
    modules, seen, handles = dict(net.named_modules()), {}, []
    for name in names:

        def keep(module, inputs, output, name=name):
            seen[name] = output.detach().clone()

        handles.append(modules[name].register_forward_hook(keep))
    try:
        net(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def plot_maps(maps, title):
    """A figure with one image per channel of the (C, h, w) tensors in maps."""
    figure, axes = plt.subplots(len(maps), max(len(stack) for stack in maps), figsize=(12, 2.4), squeeze=False)
    for row, stack in zip(axes, maps):
        for axis, image in zip(row, stack):
            axis.imshow(image, cmap="gray")
        for axis in row:
            axis.axis("off")
    figure.suptitle(title)
    return figure


def class_contrast(acts, y):
    flat = acts.flatten(1).double()
    distance, same = torch.cdist(flat, flat), y[:, None] == y
    return (distance[~same].mean() / distance[same].mean()).item()


# %% q03_layer_table accept: hooks on all modules, macs from the weights' shape
alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


def layer_table(net, shape):
    kinds = {nn.Conv2d: True, nn.Linear: True, nn.MaxPool2d: False, nn.AvgPool2d: False}
    names = {module: name for name, module in net.named_modules() if type(module) in kinds}
    table = []

    def hook(module, inputs, output):
        sizes = [int(n) for n in output.shape][1:]
        count = work = 0
        if kinds[type(module)]:
            count = module.weight.numel() + (0 if module.bias is None else len(module.bias))
            work = module.weight.numel() * int(np.prod(sizes[1:]))
        table.append((names[module], tuple(sizes), count, work))

    hooks = [module.register_forward_hook(hook) for module in names]
    with torch.no_grad():
        net(torch.empty((1, *shape), device=list(net.parameters())[0].device))
    [h.remove() for h in hooks]
    return table


def first_batch(table):
    params = sum(count for _, _, count, _ in table)
    outputs = sum(int(np.prod(shape)) for _, shape, _, _ in table)
    n = 1
    while n * outputs <= params:
        n += 1
    return n


# %% q03_layer_table reject: leaves the input channels out of the MACs
def first_batch(table):
    """The smallest batch whose activations outnumber the parameters, an int."""
    activations = sum(math.prod(row[1]) for row in table)
    return sum(row[2] for row in table) // activations + 1


alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


def layer_table(net, shape):
    rows, handles = [], []

    def hook(layer, inputs, output, name):
        params = sum(p.numel() for p in layer.parameters())
        macs = 0
        if params:
            weight = layer.weight
            macs = output.numel() * (weight[0, 0].numel() if weight.dim() == 4 else weight.shape[1])
        rows.append((name, tuple(output.shape[1:]), params, macs))

    for name, m in net.named_modules():
        if isinstance(m, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)):
            handles.append(m.register_forward_hook(lambda m, i, o, name=name: hook(m, i, o, name)))
    net(torch.zeros(1, *shape, device=next(net.parameters()).device))
    for handle in handles:
        handle.remove()
    return rows


# %% q03_layer_table reject: follows the order in which the layers were made
def first_batch(table):
    """The smallest batch whose activations outnumber the parameters, an int."""
    activations = sum(math.prod(row[1]) for row in table)
    return sum(row[2] for row in table) // activations + 1


alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


def layer_table(net, shape):
    rows, x = [], torch.zeros(1, *shape, device=next(net.parameters()).device)
    for name, layer in net.named_children():
        x = layer(x)
        if isinstance(layer, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)):
            params = sum(p.numel() for p in layer.parameters())
            macs = x.numel() * layer.weight[0].numel() if params else 0
            rows.append((name, tuple(x.shape[1:]), params, macs))
    return rows


# %% q03_layer_table reject: takes equal for more
def layer_table(net, shape):
    """[(name, out_shape, params, macs)] of each convolution, pooling and dense layer, as called."""
    rows, handles = [], []

    def note(name, layer, output):
        out_shape = tuple(output.shape[1:])
        params = sum(p.numel() for p in layer.parameters())
        macs = math.prod(out_shape) * layer.weight[0].numel() if params else 0
        rows.append((name, out_shape, params, macs))

    for name, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)):
            hook = lambda layer, inputs, output, name=name: note(name, layer, output)
            handles.append(module.register_forward_hook(hook))
    net(torch.zeros(1, *shape, device=next(net.parameters()).device))
    for handle in handles:
        handle.remove()
    return rows


alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


def first_batch(table):
    return max(1, -(-sum(row[2] for row in table) // sum(math.prod(row[1]) for row in table)))


# %% q03_layer_table reject: 16 million for the second convolution, which is the size of a dense layer
def layer_table(net, shape):
    """[(name, out_shape, params, macs)] of each convolution, pooling and dense layer, as called."""
    rows, handles = [], []

    def note(name, layer, output):
        out_shape = tuple(output.shape[1:])
        params = sum(p.numel() for p in layer.parameters())
        macs = math.prod(out_shape) * layer.weight[0].numel() if params else 0
        rows.append((name, out_shape, params, macs))

    for name, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)):
            hook = lambda layer, inputs, output, name=name: note(name, layer, output)
            handles.append(module.register_forward_hook(hook))
    net(torch.zeros(1, *shape, device=next(net.parameters()).device))
    for handle in handles:
        handle.remove()
    return rows


def first_batch(table):
    """The smallest batch whose activations outnumber the parameters, an int."""
    activations = sum(math.prod(row[1]) for row in table)
    return sum(row[2] for row in table) // activations + 1


alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


alexnet_budget["second_conv_macs"] = 16777216


# %% q03_layer_table reject: says that the dense layers do most of the work, too
def layer_table(net, shape):
    """[(name, out_shape, params, macs)] of each convolution, pooling and dense layer, as called."""
    rows, handles = [], []

    def note(name, layer, output):
        out_shape = tuple(output.shape[1:])
        params = sum(p.numel() for p in layer.parameters())
        macs = math.prod(out_shape) * layer.weight[0].numel() if params else 0
        rows.append((name, out_shape, params, macs))

    for name, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)):
            hook = lambda layer, inputs, output, name=name: note(name, layer, output)
            handles.append(module.register_forward_hook(hook))
    net(torch.zeros(1, *shape, device=next(net.parameters()).device))
    for handle in handles:
        handle.remove()
    return rows


def first_batch(table):
    """The smallest batch whose activations outnumber the parameters, an int."""
    activations = sum(math.prod(row[1]) for row in table)
    return sum(row[2] for row in table) // activations + 1


alexnet_budget = {}
alexnet_budget["most_params"] = "14"
alexnet_budget["most_macs"] = "3"
alexnet_budget["second_conv_macs"] = 415334400
alexnet_budget["total_params"] = 46764746
alexnet_budget["total_macs"] = 938146176
alexnet_budget["dense_params_share"] = 0.9204
alexnet_budget["dense_macs_share"] = 0.0459
alexnet_budget["batch"] = 66


alexnet_budget["most_macs"] = "14"
alexnet_budget["dense_macs_share"] = 0.92


# %% q04_intensity accept: with shapes instead of a forward pass, and a search
bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


def traffic(layer, in_shape):
    weight = layer.weight
    if weight.dim() == 2:
        outputs, positions = weight.shape[0], 1
    else:
        sides = zip(in_shape[1:], layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        positions = math.prod((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sides)
        outputs = positions * weight.shape[0]
    return (
        weight.numel() * positions,
        outputs + math.prod(in_shape),
        weight.numel() + (0 if layer.bias is None else layer.bias.numel()),
    )


def intensity(layer, in_shape, batch):
    macs, moved, params = traffic(layer, in_shape)
    return macs / (2 * (params / batch + moved))


def intensity_limit(layer, in_shape):
    macs, moved, _ = traffic(layer, in_shape)
    return 0.5 * macs / moved


def layer_time_s(flop, n_bytes, peak, bandwidth):
    arithmetic, memory = flop / peak, n_bytes / bandwidth
    return arithmetic if arithmetic > memory else memory


def batch_to_reach(layer, in_shape, balance):
    if intensity_limit(layer, in_shape) <= balance:
        return None
    batch = 1
    while intensity(layer, in_shape, batch) < balance:
        batch += 1
    return batch


# %% q04_intensity reject: moves the parameters again for every image
def traffic(layer, in_shape):
    """MACs of one image, numbers of its inputs and outputs, and parameters: a helper; complete it, or use your own."""
    x = torch.empty(1, *in_shape, device=layer.weight.device, dtype=layer.weight.dtype)
    out = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return out.numel() * layer.weight[0].numel(), x.numel() + out.numel(), params


def intensity_limit(layer, in_shape):
    """The intensity in an endless batch, a float."""
    macs, moved, _ = traffic(layer, in_shape)
    return 2 * macs / (4 * moved)


def layer_time_s(flop, n_bytes, peak, bandwidth):
    """The least time in seconds, with flop and bytes per second."""
    return max(flop / peak, n_bytes / bandwidth)


def batch_to_reach(layer, in_shape, balance):
    """The smallest batch with at least this intensity, an int, or None."""
    macs, moved, params = traffic(layer, in_shape)
    gain = 2 * macs - 4 * balance * moved
    return math.ceil(4 * balance * params / gain) if gain > 0 else None


bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


def intensity(layer, in_shape, batch):
    macs, moved, params = traffic(layer, in_shape)
    return 2 * macs / (4 * (params + moved))


# %% q04_intensity reject: forgets that a MAC is two flop
def traffic(layer, in_shape):
    """MACs of one image, numbers of its inputs and outputs, and parameters: a helper; complete it, or use your own."""
    x = torch.empty(1, *in_shape, device=layer.weight.device, dtype=layer.weight.dtype)
    out = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return out.numel() * layer.weight[0].numel(), x.numel() + out.numel(), params


def intensity_limit(layer, in_shape):
    """The intensity in an endless batch, a float."""
    macs, moved, _ = traffic(layer, in_shape)
    return 2 * macs / (4 * moved)


def layer_time_s(flop, n_bytes, peak, bandwidth):
    """The least time in seconds, with flop and bytes per second."""
    return max(flop / peak, n_bytes / bandwidth)


def batch_to_reach(layer, in_shape, balance):
    """The smallest batch with at least this intensity, an int, or None."""
    macs, moved, params = traffic(layer, in_shape)
    gain = 2 * macs - 4 * balance * moved
    return math.ceil(4 * balance * params / gain) if gain > 0 else None


bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


def intensity(layer, in_shape, batch):
    macs, moved, params = traffic(layer, in_shape)
    return macs * batch / (4 * (params + batch * moved))


# %% q04_intensity reject: adds the two times
def traffic(layer, in_shape):
    """MACs of one image, numbers of its inputs and outputs, and parameters: a helper; complete it, or use your own."""
    x = torch.empty(1, *in_shape, device=layer.weight.device, dtype=layer.weight.dtype)
    out = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return out.numel() * layer.weight[0].numel(), x.numel() + out.numel(), params


def intensity(layer, in_shape, batch):
    """Flop per byte of a Conv2d or Linear for a batch of images, a float."""
    macs, moved, params = traffic(layer, in_shape)
    return 2 * macs * batch / (4 * (params + batch * moved))


def intensity_limit(layer, in_shape):
    """The intensity in an endless batch, a float."""
    macs, moved, _ = traffic(layer, in_shape)
    return 2 * macs / (4 * moved)


def batch_to_reach(layer, in_shape, balance):
    """The smallest batch with at least this intensity, an int, or None."""
    macs, moved, params = traffic(layer, in_shape)
    gain = 2 * macs - 4 * balance * moved
    return math.ceil(4 * balance * params / gain) if gain > 0 else None


bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


def layer_time_s(flop, n_bytes, peak, bandwidth):
    return flop / peak + n_bytes / bandwidth


# %% q04_intensity reject: believes that a large enough batch reaches every balance
def traffic(layer, in_shape):
    """MACs of one image, numbers of its inputs and outputs, and parameters: a helper; complete it, or use your own."""
    x = torch.empty(1, *in_shape, device=layer.weight.device, dtype=layer.weight.dtype)
    out = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return out.numel() * layer.weight[0].numel(), x.numel() + out.numel(), params


def intensity(layer, in_shape, batch):
    """Flop per byte of a Conv2d or Linear for a batch of images, a float."""
    macs, moved, params = traffic(layer, in_shape)
    return 2 * macs * batch / (4 * (params + batch * moved))


def intensity_limit(layer, in_shape):
    """The intensity in an endless batch, a float."""
    macs, moved, _ = traffic(layer, in_shape)
    return 2 * macs / (4 * moved)


def layer_time_s(flop, n_bytes, peak, bandwidth):
    """The least time in seconds, with flop and bytes per second."""
    return max(flop / peak, n_bytes / bandwidth)


bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


def batch_to_reach(layer, in_shape, balance):
    macs, moved, params = traffic(layer, in_shape)
    return math.ceil(4 * balance * params / (2 * macs))


# %% q04_intensity reject: thinks that all layers wait for arithmetic
def traffic(layer, in_shape):
    """MACs of one image, numbers of its inputs and outputs, and parameters: a helper; complete it, or use your own."""
    x = torch.empty(1, *in_shape, device=layer.weight.device, dtype=layer.weight.dtype)
    out = layer(x)
    params = sum(p.numel() for p in layer.parameters())
    return out.numel() * layer.weight[0].numel(), x.numel() + out.numel(), params


def intensity(layer, in_shape, batch):
    """Flop per byte of a Conv2d or Linear for a batch of images, a float."""
    macs, moved, params = traffic(layer, in_shape)
    return 2 * macs * batch / (4 * (params + batch * moved))


def intensity_limit(layer, in_shape):
    """The intensity in an endless batch, a float."""
    macs, moved, _ = traffic(layer, in_shape)
    return 2 * macs / (4 * moved)


def layer_time_s(flop, n_bytes, peak, bandwidth):
    """The least time in seconds, with flop and bytes per second."""
    return max(flop / peak, n_bytes / bandwidth)


def batch_to_reach(layer, in_shape, balance):
    """The smallest batch with at least this intensity, an int, or None."""
    macs, moved, params = traffic(layer, in_shape)
    gain = 2 * macs - 4 * balance * moved
    return math.ceil(4 * balance * params / gain) if gain > 0 else None


bandwidth_facts = {}
bandwidth_facts["conv_waits_for_one"] = False
bandwidth_facts["dense_waits_for_one"] = True
bandwidth_facts["dense_waits_for_64"] = False
bandwidth_facts["faster_memory"] = True
bandwidth_facts["faster_arithmetic"] = False
bandwidth_facts["dense_overtakes"] = True


bandwidth_facts["dense_waits_for_one"] = False
bandwidth_facts["faster_memory"] = False
bandwidth_facts["faster_arithmetic"] = True


# %% q05_saved_memory accept: keeps the tensors in a list and counts later
def saved_bytes(net, x):
    tensors = []

    def note(t):
        tensors.append(t)
        return t

    with torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
        result = net(x)
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    for p in net.parameters():
        sizes.pop(p.untyped_storage().data_ptr(), None)
    del result
    return int(sum(sizes.values()))


def total_bytes(net, x):
    total = saved_bytes(net, x)
    for p in net.parameters():
        total += p.numel() * p.element_size()
        if p.requires_grad:
            total += p.numel() * p.element_size()
    return total


def fit_line(batches, n_bytes):
    n, size = np.asarray(batches, dtype=float), np.asarray(n_bytes, dtype=float)
    a = ((n - n.mean()) * (size - size.mean())).sum() / ((n - n.mean()) ** 2).sum()
    return a, size.mean() - a * n.mean()


def largest_batch(a, b, budget):
    return max(math.floor((budget - b) / a), 0)


# %% q05_saved_memory reject: counts every saved tensor, also the same one again
def total_bytes(net, x):
    """Saved bytes, parameters and gradients."""
    copies = sum(p.nbytes * (2 if p.requires_grad else 1) for p in net.parameters())
    return saved_bytes(net, x) + copies


def fit_line(batches, n_bytes):
    """Slope and intercept of the line of least squares, two floats."""
    slope, intercept = np.polyfit(batches, n_bytes, 1)
    return float(slope), float(intercept)


def largest_batch(a, b, budget):
    """The largest batch that fits into the budget, an int, at least 0."""
    return max(0, int((budget - b) // a))


def saved_bytes(net, x):
    own, total = {p.data_ptr() for p in net.parameters()}, []

    def pack(t):
        if t.data_ptr() not in own:
            total.append(t.nbytes)
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        net(x)
    return sum(total)


# %% q05_saved_memory reject: counts the parameters, too
def total_bytes(net, x):
    """Saved bytes, parameters and gradients."""
    copies = sum(p.nbytes * (2 if p.requires_grad else 1) for p in net.parameters())
    return saved_bytes(net, x) + copies


def fit_line(batches, n_bytes):
    """Slope and intercept of the line of least squares, two floats."""
    slope, intercept = np.polyfit(batches, n_bytes, 1)
    return float(slope), float(intercept)


def largest_batch(a, b, budget):
    """The largest batch that fits into the budget, an int, at least 0."""
    return max(0, int((budget - b) // a))


def saved_bytes(net, x):
    kept = {}

    def pack(t):
        kept[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        out = net(x)
    return sum(kept.values())


# %% q05_saved_memory reject: adds a gradient for frozen parameters, too
def saved_bytes(net, x):
    """Bytes of the storages that autograd keeps for net(x), parameters left out."""
    own, kept = {p.untyped_storage().data_ptr() for p in net.parameters()}, {}

    def pack(t):
        storage = t.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        out = net(x)  # as long as the output lives, no address is used again
    return sum(kept.values())


def fit_line(batches, n_bytes):
    """Slope and intercept of the line of least squares, two floats."""
    slope, intercept = np.polyfit(batches, n_bytes, 1)
    return float(slope), float(intercept)


def largest_batch(a, b, budget):
    """The largest batch that fits into the budget, an int, at least 0."""
    return max(0, int((budget - b) // a))


def total_bytes(net, x):
    return saved_bytes(net, x) + 2 * sum(p.nbytes for p in net.parameters())


# %% q05_saved_memory reject: memory in proportion to the batch, without a constant part
def saved_bytes(net, x):
    """Bytes of the storages that autograd keeps for net(x), parameters left out."""
    own, kept = {p.untyped_storage().data_ptr() for p in net.parameters()}, {}

    def pack(t):
        storage = t.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        out = net(x)  # as long as the output lives, no address is used again
    return sum(kept.values())


def total_bytes(net, x):
    """Saved bytes, parameters and gradients."""
    copies = sum(p.nbytes * (2 if p.requires_grad else 1) for p in net.parameters())
    return saved_bytes(net, x) + copies


def largest_batch(a, b, budget):
    """The largest batch that fits into the budget, an int, at least 0."""
    return max(0, int((budget - b) // a))


def fit_line(batches, n_bytes):
    n, size = np.array(batches, dtype=float), np.array(n_bytes, dtype=float)
    return float(n @ size / (n @ n)), 0.0


# %% q05_saved_memory reject: rounds the batch up
def saved_bytes(net, x):
    """Bytes of the storages that autograd keeps for net(x), parameters left out."""
    own, kept = {p.untyped_storage().data_ptr() for p in net.parameters()}, {}

    def pack(t):
        storage = t.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        out = net(x)  # as long as the output lives, no address is used again
    return sum(kept.values())


def total_bytes(net, x):
    """Saved bytes, parameters and gradients."""
    copies = sum(p.nbytes * (2 if p.requires_grad else 1) for p in net.parameters())
    return saved_bytes(net, x) + copies


def fit_line(batches, n_bytes):
    """Slope and intercept of the line of least squares, two floats."""
    slope, intercept = np.polyfit(batches, n_bytes, 1)
    return float(slope), float(intercept)


def largest_batch(a, b, budget):
    return max(0, math.ceil((budget - b) / a))


# %% q06_batch_size accept: whole-number arithmetic, seeds in the inner function
batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


def steps_taken(n, batch, epochs):
    return len(range(0, n, batch)) * epochs


def epochs_for(n, batch, steps):
    a_pass = -(-n // batch)
    return -(-steps // a_pass)


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    def once(batch, seed):
        torch.manual_seed(seed)
        net = make_net()
        rate = lr * (1 if base is None else batch / base)
        fit(net, data[0], data[1], rate, epochs, batch, seed)
        return accuracy(net, data[2], data[3])

    return {batch: float(np.mean([once(batch, seed) for seed in seeds])) for batch in batches}


# %% q06_batch_size reject: drops the smaller last batch
def epochs_for(n, batch, steps):
    """The smallest number of epochs with at least this many steps."""
    return math.ceil(steps / steps_taken(n, batch, 1))


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    """{batch size: mean test accuracy}; with a base, the learning rate is scaled linearly."""
    X, y, X_test, y_test = data
    means = {}
    for batch in batches:
        scaled, total = lr if base is None else lr * batch / base, 0.0
        for seed in seeds:
            torch.manual_seed(seed)
            net = fit(make_net(), X, y, lr=scaled, epochs=epochs, batch=batch, seed=seed)
            total += accuracy(net, X_test, y_test)
        means[batch] = total / len(seeds)
    return means


batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


def steps_taken(n, batch, epochs):
    return epochs * (n // batch)


# %% q06_batch_size reject: scales the rate the wrong way round
def steps_taken(n, batch, epochs):
    """Number of optimiser steps on n images."""
    return epochs * math.ceil(n / batch)


def epochs_for(n, batch, steps):
    """The smallest number of epochs with at least this many steps."""
    return math.ceil(steps / steps_taken(n, batch, 1))


batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    means = {}
    for batch in batches:
        hits = []
        for seed in seeds:
            torch.manual_seed(seed)
            rate = lr if base is None else lr * base / batch
            net = fit(make_net(), *data[:2], lr=rate, epochs=epochs, batch=batch, seed=seed)
            hits.append(accuracy(net, *data[2:]))
        means[batch] = sum(hits) / len(hits)
    return means


# %% q06_batch_size reject: gives every batch size the same number of steps
def steps_taken(n, batch, epochs):
    """Number of optimiser steps on n images."""
    return epochs * math.ceil(n / batch)


def epochs_for(n, batch, steps):
    """The smallest number of epochs with at least this many steps."""
    return math.ceil(steps / steps_taken(n, batch, 1))


batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    means = {}
    for batch in batches:
        hits = []
        for seed in seeds:
            torch.manual_seed(seed)
            rate = lr if base is None else lr * batch / base
            more = epochs_for(len(data[0]), batch, steps_taken(len(data[0]), min(batches), epochs))
            net = fit(make_net(), *data[:2], lr=rate, epochs=more, batch=batch, seed=seed)
            hits.append(accuracy(net, *data[2:]))
        means[batch] = sum(hits) / len(hits)
    return means


# %% q06_batch_size reject: keeps the best seed
def steps_taken(n, batch, epochs):
    """Number of optimiser steps on n images."""
    return epochs * math.ceil(n / batch)


def epochs_for(n, batch, steps):
    """The smallest number of epochs with at least this many steps."""
    return math.ceil(steps / steps_taken(n, batch, 1))


batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    means = {}
    for batch in batches:
        hits = []
        for seed in seeds:
            torch.manual_seed(seed)
            rate = lr if base is None else lr * batch / base
            net = fit(make_net(), *data[:2], lr=rate, epochs=epochs, batch=batch, seed=seed)
            hits.append(accuracy(net, *data[2:]))
        means[batch] = max(hits)
    return means


# %% q06_batch_size reject: blames the batch itself
def steps_taken(n, batch, epochs):
    """Number of optimiser steps on n images."""
    return epochs * math.ceil(n / batch)


def epochs_for(n, batch, steps):
    """The smallest number of epochs with at least this many steps."""
    return math.ceil(steps / steps_taken(n, batch, 1))


def accuracy_by_batch(make_net, data, batches, lr, epochs, seeds, base=None):
    """{batch size: mean test accuracy}; with a base, the learning rate is scaled linearly."""
    X, y, X_test, y_test = data
    means = {}
    for batch in batches:
        scaled, total = lr if base is None else lr * batch / base, 0.0
        for seed in seeds:
            torch.manual_seed(seed)
            net = fit(make_net(), X, y, lr=scaled, epochs=epochs, batch=batch, seed=seed)
            total += accuracy(net, X_test, y_test)
        means[batch] = total / len(seeds)
    return means


batch_facts = {}
batch_facts["fewer_steps_hurt"] = True
batch_facts["large_batch_itself_hurts"] = False
batch_facts["noise_halves"] = True
batch_facts["gradient_grows"] = False


batch_facts["large_batch_itself_hurts"] = True


# %% q07_preprocessing accept: numpy statistics, and a module with functional dropout
def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


def standardise(X, X_test):
    images = X.numpy()
    mean, deviation = images.mean(axis=0), images.std(axis=0)
    deviation[deviation < 1e-12] = 1
    change = lambda batch: torch.from_numpy((batch.numpy() - mean) / deviation).to(X.dtype)
    return change(X), change(X_test)


class Dropped(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p
        self.a, self.b = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.c, self.d, self.e = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(self.a(x).relu(), 2)
        x = F.max_pool2d(self.b(x).relu(), 2).flatten(1)
        for layer in (self.c, self.d):
            x = F.dropout(layer(x).relu(), self.p, self.training)
        return self.e(x)


def lenet_dropout(p):
    return Dropped(p)


# %% q07_preprocessing reject: statistics of training and test images together
def lenet_dropout(p):
    """LeNet with ReLU, maximum pooling and dropout after the hidden dense layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Dropout(p), nn.Linear(84, 10)),
    )


def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


def standardise(X, X_test):
    both = torch.cat([X, X_test])
    mean, deviation = both.mean(dim=0), both.std(dim=0, correction=0)
    deviation = torch.where(deviation == 0, 1.0, deviation)
    return (X - mean) / deviation, (X_test - mean) / deviation


# %% q07_preprocessing reject: divides by zero where a pixel never changes
def lenet_dropout(p):
    """LeNet with ReLU, maximum pooling and dropout after the hidden dense layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Dropout(p), nn.Linear(84, 10)),
    )


def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


def standardise(X, X_test):
    mean, deviation = X.mean(dim=0), X.std(dim=0, correction=0)
    return (X - mean) / deviation, (X_test - mean) / deviation


# %% q07_preprocessing reject: one mean and one deviation for all pixels
def lenet_dropout(p):
    """LeNet with ReLU, maximum pooling and dropout after the hidden dense layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Dropout(p), nn.Linear(84, 10)),
    )


def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


def standardise(X, X_test):
    mean, deviation = X.mean(), X.std(correction=0)
    return (X - mean) / deviation, (X_test - mean) / deviation


# %% q07_preprocessing reject: dropout in evaluation, too
def standardise(X, X_test):
    """Training and test images, each pixel standardised with the statistics of the training images."""
    mean, deviation = X.mean(dim=0), X.std(dim=0, correction=0)
    deviation = torch.where(deviation == 0, 1.0, deviation)
    return (X - mean) / deviation, (X_test - mean) / deviation


def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


class Always(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return F.dropout(x, self.p, True)


def lenet_dropout(p):
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), Always(p)),
        *(nn.Linear(120, 84), nn.ReLU(), Always(p), nn.Linear(84, 10)),
    )


# %% q07_preprocessing reject: measures on the images as they were
def standardise(X, X_test):
    """Training and test images, each pixel standardised with the statistics of the training images."""
    mean, deviation = X.mean(dim=0), X.std(dim=0, correction=0)
    deviation = torch.where(deviation == 0, 1.0, deviation)
    return (X - mean) / deviation, (X_test - mean) / deviation


def lenet_dropout(p):
    """LeNet with ReLU, maximum pooling and dropout after the hidden dense layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Dropout(p), nn.Linear(84, 10)),
    )


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


def trial(p, prepare, data, epochs, seed):
    X, y, X_test, y_test = data
    if prepare is not None:
        X, _ = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


# %% q07_preprocessing reject: says that dropout always improves a net
def standardise(X, X_test):
    """Training and test images, each pixel standardised with the statistics of the training images."""
    mean, deviation = X.mean(dim=0), X.std(dim=0, correction=0)
    deviation = torch.where(deviation == 0, 1.0, deviation)
    return (X - mean) / deviation, (X_test - mean) / deviation


def lenet_dropout(p):
    """LeNet with ReLU, maximum pooling and dropout after the hidden dense layers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Dropout(p), nn.Linear(84, 10)),
    )


def trial(p, prepare, data, epochs, seed):
    """Test accuracy of a LeNet with dropout p, trained on prepared images."""
    X, y, X_test, y_test = data
    if prepare is not None:
        X, X_test = prepare(X, X_test)
    torch.manual_seed(seed)
    return accuracy(fit(lenet_dropout(p), X, y, epochs=epochs, seed=seed), X_test, y_test)


preparation_facts = {}
preparation_facts["relu_helps"] = True
preparation_facts["dropout_helps"] = False
preparation_facts["raw_is_as_good"] = False
preparation_facts["one_image_is_enough"] = False
preparation_facts["dense_can_absorb"] = True


preparation_facts["dropout_helps"] = True


# %% q08_curves accept: own measuring, and a search over all starts
macs_ratio = 2252.3


def train_curve(net, data, epochs):
    curve = [None] * epochs
    for number in range(epochs):
        net = fit(net, data[0], data[1], seed=number, epochs=1)
        net.eval()
        with torch.no_grad():
            hits = [(net(data[i]).argmax(1) == data[i + 1]).float().mean().item() for i in (0, 2)]
        curve[number] = tuple(hits)
    return curve


def overtakes(first, second):
    a, b = (torch.tensor(curves, dtype=torch.float64).mean(0) for curves in (first, second))
    return next((e + 1 for e in range(len(a)) if bool((b[e:] > a[e:]).all())), None)


# %% q08_curves reject: measures the training accuracy with dropout on
def overtakes(first, second):
    """The first epoch from which on second is ahead for good, an int, or None."""
    ahead = np.mean(second, axis=0) > np.mean(first, axis=0)
    epoch = len(ahead)
    while epoch > 0 and ahead[epoch - 1]:
        epoch -= 1
    return epoch + 1 if epoch < len(ahead) else None


macs_ratio = 2252.3


def train_curve(net, data, epochs):
    curve = []
    for e in range(epochs):
        fit(net, data[0], data[1], epochs=1, seed=e)
        train = (net(data[0]).argmax(1) == data[1]).double().mean().item()
        curve.append((train, accuracy(net, data[2], data[3])))
    return curve


# %% q08_curves reject: trains with the same order in every epoch
def overtakes(first, second):
    """The first epoch from which on second is ahead for good, an int, or None."""
    ahead = np.mean(second, axis=0) > np.mean(first, axis=0)
    epoch = len(ahead)
    while epoch > 0 and ahead[epoch - 1]:
        epoch -= 1
    return epoch + 1 if epoch < len(ahead) else None


macs_ratio = 2252.3


def train_curve(net, data, epochs):
    curve = []
    for _ in range(epochs):
        fit(net, data[0], data[1], epochs=1)
        curve.append((accuracy(net, data[0], data[1]), accuracy(net, data[2], data[3])))
    return curve


# %% q08_curves reject: the first epoch in which the second is ahead at all
def train_curve(net, data, epochs):
    """[(training accuracy, test accuracy)] after each epoch."""
    X, y, X_test, y_test = data
    curve = []
    for e in range(epochs):
        fit(net, X, y, epochs=1, seed=e)
        curve.append((accuracy(net, X, y), accuracy(net, X_test, y_test)))
    return curve


macs_ratio = 2252.3


def overtakes(first, second):
    a, b = np.mean(first, axis=0), np.mean(second, axis=0)
    return next((e + 1 for e in range(len(a)) if b[e] > a[e]), None)


# %% q08_curves reject: looks at the first seed only
def train_curve(net, data, epochs):
    """[(training accuracy, test accuracy)] after each epoch."""
    X, y, X_test, y_test = data
    curve = []
    for e in range(epochs):
        fit(net, X, y, epochs=1, seed=e)
        curve.append((accuracy(net, X, y), accuracy(net, X_test, y_test)))
    return curve


macs_ratio = 2252.3


def overtakes(first, second):
    ahead = [b > a for a, b in zip(first[0], second[0])]
    return next((e + 1 for e in range(len(ahead)) if all(ahead[e:])), None)


# %% q08_curves reject: compares the parameters
def train_curve(net, data, epochs):
    """[(training accuracy, test accuracy)] after each epoch."""
    X, y, X_test, y_test = data
    curve = []
    for e in range(epochs):
        fit(net, X, y, epochs=1, seed=e)
        curve.append((accuracy(net, X, y), accuracy(net, X_test, y_test)))
    return curve


def overtakes(first, second):
    """The first epoch from which on second is ahead for good, an int, or None."""
    ahead = np.mean(second, axis=0) > np.mean(first, axis=0)
    epoch = len(ahead)
    while epoch > 0 and ahead[epoch - 1]:
        epoch -= 1
    return epoch + 1 if epoch < len(ahead) else None


macs_ratio = 757.9


# %% q09_small_alexnet accept: counted by hand, and strides in place of pooling
def thin_params(side, width):
    n = (side - 11) // 4 + 1
    n = (n - 3) // 2 + 1
    inner = (n - 3) // 2 + 1
    last = (inner - 3) // 2 + 1
    if side < 11 or n < 1 or inner < 3 or last < 1:
        raise ValueError("too small")
    kernels = ((121, 1, 96), (25, 96, 256), (9, 256, 384), (9, 384, 384), (9, 384, 256))
    total = sum(k * a * b + b for k, a, b in kernels)
    sizes = (256 * last * last, width, width, 10)
    return total + sum(a * b + b for a, b in zip(sizes, sizes[1:]))


class Strided(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (1, 12, 24, 24)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 5 - 2 * (a > 1), padding=1) for a, b in zip(widths, widths[1:]))
        self.head = nn.Linear(24 * 9, 64)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        for conv in self.convs:
            x = F.max_pool2d(conv(x), 2).relu()
        return self.out(self.head(x.flatten(1)).relu())


def small_alexnet():
    return Strided()


# %% q09_small_alexnet reject: leaves the first dense layer as wide as for 224 pixels
def small_alexnet():
    """A net for (N, 1, 28, 28) images within the budgets."""
    layers, c_in = [], 1
    for c_out in (8, 16, 32):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        c_in = c_out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(288, 128), nn.ReLU(), nn.Linear(128, 10))


def thin_params(side, width):
    if side < 63:
        raise ValueError("too small")
    with torch.device("meta"):
        convs = sum(p.numel() for p in ALEXNET_GREY()[:13].parameters())
    return convs + 6401 * width + (width + 1) * width + (width + 1) * 10


# %% q09_small_alexnet reject: enlarges the images inside the net
def thin_params(side, width):
    """Parameters of grey AlexNet with images of side x side pixels and dense layers of this width."""
    with torch.device("meta"):
        convs = [layer for layer in ALEXNET_GREY() if isinstance(layer, nn.Conv2d)]
    for window, stride in ((11, 4), (3, 2), (3, 2), (3, 2)):  # the other convolutions keep the size
        side = (side - window) // stride + 1
    if side < 1:
        raise ValueError("the images are too small for some window")
    kept = sum(p.numel() for conv in convs for p in conv.parameters())
    return kept + (256 * side**2 + 1) * width + (width + 1) * width + (width + 1) * 10


def small_alexnet():
    return nn.Sequential(
        *(nn.Upsample(size=(224, 224)), nn.Conv2d(1, 8, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(800, 32), nn.ReLU(), nn.Linear(32, 10)),
    )


# %% q09_small_alexnet reject: without a nonlinearity, so the three convolutions are one
def thin_params(side, width):
    """Parameters of grey AlexNet with images of side x side pixels and dense layers of this width."""
    with torch.device("meta"):
        convs = [layer for layer in ALEXNET_GREY() if isinstance(layer, nn.Conv2d)]
    for window, stride in ((11, 4), (3, 2), (3, 2), (3, 2)):  # the other convolutions keep the size
        side = (side - window) // stride + 1
    if side < 1:
        raise ValueError("the images are too small for some window")
    kept = sum(p.numel() for conv in convs for p in conv.parameters())
    return kept + (256 * side**2 + 1) * width + (width + 1) * width + (width + 1) * 10


def small_alexnet():
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3, stride=2), nn.Conv2d(4, 4, 3, stride=2), nn.Conv2d(4, 2, 3, stride=2)),
        *(nn.Flatten(), nn.Linear(8, 10)),
    )


# %% q09_small_alexnet reject: ends in a softmax, and hardly learns
def thin_params(side, width):
    """Parameters of grey AlexNet with images of side x side pixels and dense layers of this width."""
    with torch.device("meta"):
        convs = [layer for layer in ALEXNET_GREY() if isinstance(layer, nn.Conv2d)]
    for window, stride in ((11, 4), (3, 2), (3, 2), (3, 2)):  # the other convolutions keep the size
        side = (side - window) // stride + 1
    if side < 1:
        raise ValueError("the images are too small for some window")
    kept = sum(p.numel() for conv in convs for p in conv.parameters())
    return kept + (256 * side**2 + 1) * width + (width + 1) * width + (width + 1) * 10


def small_alexnet():
    layers, c_in = [], 1
    for c_out in (4, 4, 4):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=1), nn.Sigmoid(), nn.AvgPool2d(2)]
        c_in = c_out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(36, 10), nn.Softmax(dim=1))


# %% q10_one_change accept: a list of layers built with lazy sizes, and a loop of copies
def cnn(config):
    acts = dict(relu=nn.ReLU, sigmoid=nn.Sigmoid)
    pools = dict(max=nn.MaxPool2d, avg=nn.AvgPool2d)
    widths = [1, *config["channels"]]
    net = nn.Sequential()
    for a, b in zip(widths[:-1], widths[1:]):
        net.append(nn.Conv2d(a, b, config["kernel"], padding="same"))
        net.append(acts[config["act"]]())
        net.append(pools[config["pool"]](2, 2))
    net.append(nn.Flatten())
    with torch.no_grad():
        size = net(torch.zeros(1, 1, 28, 28)).shape[1]
    for width in config["dense"]:
        net.append(nn.Linear(size, width))
        net.append(acts[config["act"]]())
        size = width
    net.append(nn.Linear(size, 10))
    if config["init"] == "xavier":
        for layer in net:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.xavier_uniform_(layer.weight)
                layer.bias.data.zero_()
    return net


def ablation(base, changes, run):
    if any(len(change) != 1 or next(iter(change)) not in base for change in changes):
        raise ValueError("one known entry each, please")
    reference_score, table = None, []
    for change in [{}] + list(changes):
        config = dict(base)
        config.update(change)
        score = run(config)
        if not change:
            reference_score = score
        for key in change:
            table.append([key, change[key], score - reference_score])
    return table


best_config = dict(
    kernel=3, channels=(8, 16, 32), act="relu", pool="max", dense=(64,), init="xavier", lr=0.003, epochs=5
)


# %% q10_one_change reject: lets the changes pile up
def cnn(config):
    """The network that config describes."""
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[config["act"]]
    pool = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[config["pool"]]
    k, layers, c_in, side = config["kernel"], [], 1, 28
    for c_out in config["channels"]:
        layers += [nn.Conv2d(c_in, c_out, k, padding=k // 2), act(), pool(2)]
        c_in, side = c_out, side // 2
    layers.append(nn.Flatten())
    d_in = c_in * side * side
    for d_out in config["dense"]:
        layers += [nn.Linear(d_in, d_out), act()]
        d_in = d_out
    net = nn.Sequential(*layers, nn.Linear(d_in, 10))
    if config["init"] == "xavier":
        for p in net.parameters():
            nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    return net


best_config = {**BASE, "act": "relu", "pool": "max"}


def ablation(base, changes, run):
    for change in changes:
        if len(change) != 1 or not set(change) <= set(base):
            raise ValueError
    start, config, rows = run(base), dict(base), []
    for change in changes:
        ((key, value),) = change.items()
        config[key] = value
        rows.append((key, value, run(config) - start))
    return rows


# %% q10_one_change reject: accepts rows with several changes
def cnn(config):
    """The network that config describes."""
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[config["act"]]
    pool = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[config["pool"]]
    k, layers, c_in, side = config["kernel"], [], 1, 28
    for c_out in config["channels"]:
        layers += [nn.Conv2d(c_in, c_out, k, padding=k // 2), act(), pool(2)]
        c_in, side = c_out, side // 2
    layers.append(nn.Flatten())
    d_in = c_in * side * side
    for d_out in config["dense"]:
        layers += [nn.Linear(d_in, d_out), act()]
        d_in = d_out
    net = nn.Sequential(*layers, nn.Linear(d_in, 10))
    if config["init"] == "xavier":
        for p in net.parameters():
            nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    return net


best_config = {**BASE, "act": "relu", "pool": "max"}


def ablation(base, changes, run):
    start = run(base)
    return [(*next(iter(change.items())), run({**base, **change}) - start) for change in changes]


# %% q10_one_change reject: xavier for the dense layers only
def ablation(base, changes, run):
    """[(key, value, gain)]: what each change does to the accuracy, alone."""
    for change in changes:
        if len(change) != 1 or not set(change) <= set(base):
            raise ValueError(f"not a change of one entry: {change}")
    start = run(base)
    return [(key, value, run({**base, key: value}) - start) for change in changes for key, value in change.items()]


best_config = {**BASE, "act": "relu", "pool": "max"}


def cnn(config):
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[config["act"]]
    pool = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[config["pool"]]
    k, layers, c_in, side = config["kernel"], [], 1, 28
    for c_out in config["channels"]:
        layers += [nn.Conv2d(c_in, c_out, k, padding=k // 2), act(), pool(2)]
        c_in, side = c_out, side // 2
    layers.append(nn.Flatten())
    d_in = c_in * side * side
    for d_out in (*config["dense"], 10):
        layers += [nn.Linear(d_in, d_out), act()]
        d_in = d_out
    for layer in layers:
        if isinstance(layer, nn.Linear) and config["init"] == "xavier":
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers[:-1])


# %% q10_one_change reject: keeps the sigmoid and the small rate
def cnn(config):
    """The network that config describes."""
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[config["act"]]
    pool = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[config["pool"]]
    k, layers, c_in, side = config["kernel"], [], 1, 28
    for c_out in config["channels"]:
        layers += [nn.Conv2d(c_in, c_out, k, padding=k // 2), act(), pool(2)]
        c_in, side = c_out, side // 2
    layers.append(nn.Flatten())
    d_in = c_in * side * side
    for d_out in config["dense"]:
        layers += [nn.Linear(d_in, d_out), act()]
        d_in = d_out
    net = nn.Sequential(*layers, nn.Linear(d_in, 10))
    if config["init"] == "xavier":
        for p in net.parameters():
            nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    return net


def ablation(base, changes, run):
    """[(key, value, gain)]: what each change does to the accuracy, alone."""
    for change in changes:
        if len(change) != 1 or not set(change) <= set(base):
            raise ValueError(f"not a change of one entry: {change}")
    start = run(base)
    return [(key, value, run({**base, key: value}) - start) for change in changes for key, value in change.items()]


best_config = {**BASE, "channels": (6, 16), "dense": (120, 84, 84), "lr": 0.001}


# %% q10_one_change reject: doubles everything, and the budget with it
def cnn(config):
    """The network that config describes."""
    act = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[config["act"]]
    pool = {"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[config["pool"]]
    k, layers, c_in, side = config["kernel"], [], 1, 28
    for c_out in config["channels"]:
        layers += [nn.Conv2d(c_in, c_out, k, padding=k // 2), act(), pool(2)]
        c_in, side = c_out, side // 2
    layers.append(nn.Flatten())
    d_in = c_in * side * side
    for d_out in config["dense"]:
        layers += [nn.Linear(d_in, d_out), act()]
        d_in = d_out
    net = nn.Sequential(*layers, nn.Linear(d_in, 10))
    if config["init"] == "xavier":
        for p in net.parameters():
            nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    return net


def ablation(base, changes, run):
    """[(key, value, gain)]: what each change does to the accuracy, alone."""
    for change in changes:
        if len(change) != 1 or not set(change) <= set(base):
            raise ValueError(f"not a change of one entry: {change}")
    start = run(base)
    return [(key, value, run({**base, key: value}) - start) for change in changes for key, value in change.items()]


best_config = {**BASE, "act": "relu", "pool": "max", "channels": (32, 64), "dense": (512, 256)}


# %% q11_vgg_family accept: depths computed, layers added one by one
printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


def vgg_arch(depth):
    if depth == 11:
        return [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]
    if depth not in (13, 16, 19):
        raise ValueError("no such member")
    late = (depth - 3 - 4) // 3
    return [(2, 64), (2, 128), (late, 256), (late, 512), (late, 512)]


def vgg(depth, in_channels=1, num_classes=10):
    net, before = nn.Sequential(), in_channels
    for n, width in vgg_arch(depth):
        block = nn.Sequential()
        while n:
            block.append(nn.Conv2d(before, width, (3, 3), padding="same"))
            block.append(nn.ReLU(inplace=True))
            before, n = width, n - 1
        block.append(nn.MaxPool2d(kernel_size=2, stride=2))
        net.append(block)
    net.append(nn.Flatten())
    for a, b in ((512 * 7 * 7, 4096), (4096, 4096)):
        net.append(nn.Linear(a, b))
        net.append(nn.ReLU())
    return net.append(nn.Linear(4096, num_classes))


def weights_per_child(net):
    def count(module):
        if type(module) in (nn.Conv2d, nn.Linear):
            return 1
        return sum(count(child) for child in module.children())

    return [count(child) for child in net.children()]


def hidden_layers(net):
    counts = weights_per_child(net)
    return sum(counts) - sum(count > 0 for count in counts)


# %% q11_vgg_family reject: takes 16 and 19 for the number of convolutions
def vgg(depth, in_channels=1, num_classes=10):
    """A VGG network for 224 x 224 pixels, one child per block."""
    blocks = []
    for convolutions, channels in vgg_arch(depth):
        layers = []
        for _ in range(convolutions):
            layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU()]
            in_channels = channels
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes)]
    return nn.Sequential(*blocks, nn.Flatten(), *head)


def weights_per_child(net):
    """The number of convolutions and dense layers in each child."""
    return [sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in child.modules()) for child in net]


def hidden_layers(net):
    """The number of layers with weights that have no line of their own."""
    return sum(max(count - 1, 0) for count in weights_per_child(net))


printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


def vgg_arch(depth):
    counts = {11: (1, 1, 2, 2, 2), 13: (2, 2, 3, 3, 3), 16: (2, 2, 4, 4, 4), 19: (3, 4, 4, 4, 4)}
    if depth not in counts:
        raise ValueError
    return tuple(zip(counts[depth], (64, 128, 256, 512, 512)))


# %% q11_vgg_family reject: one ReLU per block in place of one per convolution
def vgg_arch(depth):
    """Five pairs (convolutions, channels) of VGG-11, 13, 16 or 19."""
    counts = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
    if depth not in counts:
        raise ValueError(f"there is no VGG-{depth}")
    return tuple(zip(counts[depth], (64, 128, 256, 512, 512)))


def weights_per_child(net):
    """The number of convolutions and dense layers in each child."""
    return [sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in child.modules()) for child in net]


def hidden_layers(net):
    """The number of layers with weights that have no line of their own."""
    return sum(max(count - 1, 0) for count in weights_per_child(net))


printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


def vgg(depth, in_channels=1, num_classes=10):
    blocks = []
    for convolutions, channels in vgg_arch(depth):
        layers = []
        for _ in range(convolutions):
            layers.append(nn.Conv2d(in_channels, channels, 3, padding=1))
            in_channels = channels
        blocks.append(nn.Sequential(*layers, nn.ReLU(), nn.MaxPool2d(2)))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes)]
    return nn.Sequential(*blocks, nn.Flatten(), *head)


# %% q11_vgg_family reject: counts the pooling layers, too
def vgg_arch(depth):
    """Five pairs (convolutions, channels) of VGG-11, 13, 16 or 19."""
    counts = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
    if depth not in counts:
        raise ValueError(f"there is no VGG-{depth}")
    return tuple(zip(counts[depth], (64, 128, 256, 512, 512)))


def vgg(depth, in_channels=1, num_classes=10):
    """A VGG network for 224 x 224 pixels, one child per block."""
    blocks = []
    for convolutions, channels in vgg_arch(depth):
        layers = []
        for _ in range(convolutions):
            layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU()]
            in_channels = channels
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes)]
    return nn.Sequential(*blocks, nn.Flatten(), *head)


def hidden_layers(net):
    """The number of layers with weights that have no line of their own."""
    return sum(max(count - 1, 0) for count in weights_per_child(net))


printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


def weights_per_child(net):
    kinds = (nn.Conv2d, nn.Linear, nn.MaxPool2d)
    return [sum(isinstance(m, kinds) for m in child.modules()) for child in net]


# %% q11_vgg_family reject: looks only one level deep
def vgg_arch(depth):
    """Five pairs (convolutions, channels) of VGG-11, 13, 16 or 19."""
    counts = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
    if depth not in counts:
        raise ValueError(f"there is no VGG-{depth}")
    return tuple(zip(counts[depth], (64, 128, 256, 512, 512)))


def vgg(depth, in_channels=1, num_classes=10):
    """A VGG network for 224 x 224 pixels, one child per block."""
    blocks = []
    for convolutions, channels in vgg_arch(depth):
        layers = []
        for _ in range(convolutions):
            layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU()]
            in_channels = channels
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes)]
    return nn.Sequential(*blocks, nn.Flatten(), *head)


def hidden_layers(net):
    """The number of layers with weights that have no line of their own."""
    return sum(max(count - 1, 0) for count in weights_per_child(net))


printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


def weights_per_child(net):
    kinds = (nn.Conv2d, nn.Linear)
    return [isinstance(c, kinds) + sum(isinstance(m, kinds) for m in c.children()) for c in net]


# %% q11_vgg_family reject: believes that layers of equal shape are merged
def vgg_arch(depth):
    """Five pairs (convolutions, channels) of VGG-11, 13, 16 or 19."""
    counts = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
    if depth not in counts:
        raise ValueError(f"there is no VGG-{depth}")
    return tuple(zip(counts[depth], (64, 128, 256, 512, 512)))


def vgg(depth, in_channels=1, num_classes=10):
    """A VGG network for 224 x 224 pixels, one child per block."""
    blocks = []
    for convolutions, channels in vgg_arch(depth):
        layers = []
        for _ in range(convolutions):
            layers += [nn.Conv2d(in_channels, channels, 3, padding=1), nn.ReLU()]
            in_channels = channels
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    head = [nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, num_classes)]
    return nn.Sequential(*blocks, nn.Flatten(), *head)


def weights_per_child(net):
    """The number of convolutions and dense layers in each child."""
    return [sum(isinstance(m, (nn.Conv2d, nn.Linear)) for m in child.modules()) for child in net]


def hidden_layers(net):
    """The number of layers with weights that have no line of their own."""
    return sum(max(count - 1, 0) for count in weights_per_child(net))


printout_facts = {}
printout_facts["pooling_counts"] = False
printout_facts["missing_are_late"] = True
printout_facts["equal_shape_hides"] = False
printout_facts["sixteen_has_eight_lines"] = True


printout_facts["equal_shape_hides"] = True


# %% q12_vgg_cost accept: lists of shapes first, sums afterwards
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


def vgg_stats(arch, size, num_classes=10):
    sides, kernels, outputs, before = size, [], [], 1
    for n, width in arch:
        for place in range(n):
            kernels.append((width * (before if place == 0 else width) * 9, width, sides * sides))
            outputs.append(width * sides * sides)
        before, sides = width, sides // 2
        outputs.append(width * sides * sides)
    if sides < 1:
        raise ValueError("too small")
    widths = [before * sides * sides, 4096, 4096, num_classes]
    dense = sum(a * b + b for a, b in zip(widths, widths[1:]))
    return dict(
        last_map=sides,
        dense_in=widths[0],
        params=dense + sum(w + b for w, b, _ in kernels),
        conv_macs=sum(w * area for w, _, area in kernels),
        activations=sum(outputs) + sum(widths[1:]),
    )


vgg_to_alexnet = {"macs": 7546 / 938.15, "activations": 8.9546 / 0.71681, "params": 128.806 / 46.765}
largest_activation = 64 * 224**2


# %% q12_vgg_cost reject: forgets the outputs of the poolings
vgg_to_alexnet = {}
vgg_to_alexnet["macs"] = 8.044
vgg_to_alexnet["activations"] = 12.49
vgg_to_alexnet["params"] = 2.754
largest_activation = 3211264
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


def vgg_stats(arch, size, num_classes=10):
    params, macs, activations, c_in = 0, 0, 0, 1
    for convolutions, channels in arch:
        for _ in range(convolutions):
            params += (9 * c_in + 1) * channels
            macs += 9 * c_in * channels * size**2
            activations += channels * size**2
            c_in = channels
        size //= 2
    if size == 0:
        raise ValueError
    dense_in = c_in * size**2
    params += (dense_in + 1) * 4096 + 4097 * (4096 + num_classes)
    stats = {"last_map": size, "dense_in": dense_in, "params": params}
    return stats | {"conv_macs": macs, "activations": activations + 8192 + num_classes}


# %% q12_vgg_cost reject: divides by 32 at once and rounds up
vgg_to_alexnet = {}
vgg_to_alexnet["macs"] = 8.044
vgg_to_alexnet["activations"] = 12.49
vgg_to_alexnet["params"] = 2.754
largest_activation = 3211264
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


def vgg_stats(arch, size, num_classes=10):
    params, macs, activations, c_in, side = 0, 0, 0, 1, float(size)
    for convolutions, channels in arch:
        for _ in range(convolutions):
            params += (9 * c_in + 1) * channels
            macs += 9 * c_in * channels * math.ceil(side) ** 2
            activations += channels * math.ceil(side) ** 2
            c_in = channels
        side /= 2
        activations += c_in * math.ceil(side) ** 2
    last = math.ceil(side)
    dense_in = c_in * last**2
    params += (dense_in + 1) * 4096 + 4097 * (4096 + num_classes)
    stats = {"last_map": last, "dense_in": dense_in, "params": params}
    return stats | {"conv_macs": macs, "activations": activations + 8192 + num_classes}


# %% q12_vgg_cost reject: explains all by the parameters
def vgg_stats(arch, size, num_classes=10):
    """last_map, dense_in, params, conv_macs and activations of a VGG network for grey images."""
    params, macs, activations, c_in = 0, 0, 0, 1
    for convolutions, channels in arch:
        for _ in range(convolutions):
            params += (9 * c_in + 1) * channels
            macs += 9 * c_in * channels * size**2
            activations += channels * size**2
            c_in = channels
        size //= 2
        activations += c_in * size**2
    if size == 0:
        raise ValueError("the images are too small for so many poolings")
    dense_in = c_in * size**2
    params += (dense_in + 1) * 4096 + 4097 * (4096 + num_classes)
    activations += 8192 + num_classes
    stats = {"last_map": size, "dense_in": dense_in, "params": params}
    return stats | {"conv_macs": macs, "activations": activations}


largest_activation = 3211264
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


vgg_to_alexnet = {"macs": 2.754, "activations": 2.754, "params": 2.754}
size_facts["same_factor_as_params"] = True


# %% q12_vgg_cost reject: leaves out the stride of AlexNet's first convolution
def vgg_stats(arch, size, num_classes=10):
    """last_map, dense_in, params, conv_macs and activations of a VGG network for grey images."""
    params, macs, activations, c_in = 0, 0, 0, 1
    for convolutions, channels in arch:
        for _ in range(convolutions):
            params += (9 * c_in + 1) * channels
            macs += 9 * c_in * channels * size**2
            activations += channels * size**2
            c_in = channels
        size //= 2
        activations += c_in * size**2
    if size == 0:
        raise ValueError("the images are too small for so many poolings")
    dense_in = c_in * size**2
    params += (dense_in + 1) * 4096 + 4097 * (4096 + num_classes)
    activations += 8192 + num_classes
    stats = {"last_map": size, "dense_in": dense_in, "params": params}
    return stats | {"conv_macs": macs, "activations": activations}


largest_activation = 3211264
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


vgg_to_alexnet = {"macs": 7546 / 2500, "activations": 8.9546 / 5.0, "params": 2.754}


# %% q12_vgg_cost reject: lets all layers shrink with the image
def vgg_stats(arch, size, num_classes=10):
    """last_map, dense_in, params, conv_macs and activations of a VGG network for grey images."""
    params, macs, activations, c_in = 0, 0, 0, 1
    for convolutions, channels in arch:
        for _ in range(convolutions):
            params += (9 * c_in + 1) * channels
            macs += 9 * c_in * channels * size**2
            activations += channels * size**2
            c_in = channels
        size //= 2
        activations += c_in * size**2
    if size == 0:
        raise ValueError("the images are too small for so many poolings")
    dense_in = c_in * size**2
    params += (dense_in + 1) * 4096 + 4097 * (4096 + num_classes)
    activations += 8192 + num_classes
    stats = {"last_map": size, "dense_in": dense_in, "params": params}
    return stats | {"conv_macs": macs, "activations": activations}


vgg_to_alexnet = {}
vgg_to_alexnet["macs"] = 8.044
vgg_to_alexnet["activations"] = 12.49
vgg_to_alexnet["params"] = 2.754
largest_activation = 3211264
size_facts = {}
size_facts["same_factor_as_params"] = False
size_facts["macs_by_area"] = True
size_facts["all_layers_shrink"] = False
size_facts["convolutions_fit"] = True
size_facts["everything_fits"] = False
size_facts["adaptive_pooling_helps"] = True
size_facts["enlarging_informs"] = False


size_facts["all_layers_shrink"] = True
size_facts["everything_fits"] = True


# %% q13_nin_blocks accept: modules made in loops, and merging by probing
one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    block = nn.Sequential()
    shapes = [(c_in, kernel, stride, padding)] + [(c_out, 1, 1, 0)] * n_1x1
    for channels, k, s, p in shapes:
        block.append(nn.Conv2d(channels, c_out, kernel_size=k, stride=s, padding=p))
        block.append(nn.ReLU(inplace=True))
    return block


class NiN(nn.Module):
    def __init__(self, n_1x1):
        super().__init__()
        rows = ((1, 96, 11, 4, 0), (96, 256, 5, 1, 2), (256, 384, 3, 1, 1), (384, 10, 3, 1, 1))
        self.blocks = nn.ModuleList(nin_block(*row, n_1x1) for row in rows)

    def forward(self, x):
        for block in self.blocks[:3]:
            x = F.max_pool2d(block(x), 3, 2)
        return self.blocks[3](F.dropout(x, 0.5, self.training)).mean(dim=(2, 3))


def nin(n_1x1=2):
    return NiN(n_1x1)


def merge_1x1(first, second):
    n, dtype = first.in_channels, first.weight.dtype
    with torch.no_grad():
        offset = second(first(torch.zeros(1, n, 1, 1, dtype=dtype)))
        columns = second(first(torch.eye(n, dtype=dtype)[:, :, None, None])) - offset
        merged = nn.Conv2d(n, second.out_channels, 1).to(dtype)
        merged.weight.data = columns.transpose(0, 1).clone()
        merged.bias.data = offset.flatten().clone()
    return merged


def verdict(a, b):
    a, b = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    bound = 2 * (a.var() / len(a) + b.var() / len(b)).sqrt()
    gap = a.mean() - b.mean()
    if gap > bound:
        return "first"
    return "second" if gap < -bound else "unclear"


# %% q13_nin_blocks reject: no ReLU between the 1 x 1 layers, so they are one
def nin(n_1x1=2):
    """NiN for (N, 1, 224, 224) images and ten classes."""
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def merge_1x1(first, second):
    """One 1 x 1 convolution that computes second(first(x))."""
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(b @ first.bias + second.bias)
    return merged


def verdict(a, b):
    """Which of two networks is more accurate, given one accuracy per seed: "first", "second" or "unclear"."""
    gap = np.mean(a) - np.mean(b)
    error = math.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))
    if gap > 2 * error:
        return "first"
    return "second" if gap < -2 * error else "unclear"


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    layers += [nn.Conv2d(c_out, c_out, 1) for _ in range(n_1x1)]
    return nn.Sequential(*layers, nn.ReLU())


# %% q13_nin_blocks reject: a dense layer at the end
def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    """A convolution and n_1x1 convolutions of 1 x 1, each followed by a ReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    for _ in range(n_1x1):
        layers += [nn.Conv2d(c_out, c_out, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def merge_1x1(first, second):
    """One 1 x 1 convolution that computes second(first(x))."""
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(b @ first.bias + second.bias)
    return merged


def verdict(a, b):
    """Which of two networks is more accurate, given one accuracy per seed: "first", "second" or "unclear"."""
    gap = np.mean(a) - np.mean(b)
    error = math.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))
    if gap > 2 * error:
        return "first"
    return "second" if gap < -2 * error else "unclear"


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def nin(n_1x1=2):
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.Flatten(), nn.Linear(250, 10)),
    )


# %% q13_nin_blocks reject: adds the biases and leaves the second weight out of it
def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    """A convolution and n_1x1 convolutions of 1 x 1, each followed by a ReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    for _ in range(n_1x1):
        layers += [nn.Conv2d(c_out, c_out, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin(n_1x1=2):
    """NiN for (N, 1, 224, 224) images and ten classes."""
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def verdict(a, b):
    """Which of two networks is more accurate, given one accuracy per seed: "first", "second" or "unclear"."""
    gap = np.mean(a) - np.mean(b)
    error = math.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))
    if gap > 2 * error:
        return "first"
    return "second" if gap < -2 * error else "unclear"


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def merge_1x1(first, second):
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(second.bias)
    return merged


# %% q13_nin_blocks reject: the better mean wins
def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    """A convolution and n_1x1 convolutions of 1 x 1, each followed by a ReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    for _ in range(n_1x1):
        layers += [nn.Conv2d(c_out, c_out, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin(n_1x1=2):
    """NiN for (N, 1, 224, 224) images and ten classes."""
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def merge_1x1(first, second):
    """One 1 x 1 convolution that computes second(first(x))."""
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(b @ first.bias + second.bias)
    return merged


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def verdict(a, b):
    gap = np.mean(a) - np.mean(b)
    return "first" if gap > 0.1 else "second" if gap < -0.1 else "unclear"


# %% q13_nin_blocks reject: compares the best seeds
def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    """A convolution and n_1x1 convolutions of 1 x 1, each followed by a ReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    for _ in range(n_1x1):
        layers += [nn.Conv2d(c_out, c_out, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin(n_1x1=2):
    """NiN for (N, 1, 224, 224) images and ten classes."""
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def merge_1x1(first, second):
    """One 1 x 1 convolution that computes second(first(x))."""
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(b @ first.bias + second.bias)
    return merged


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


def verdict(a, b):
    if max(a) == max(b) or abs(max(a) - max(b)) < 0.15:
        return "unclear"
    return "first" if max(a) > max(b) else "second"


# %% q13_nin_blocks reject: claims a larger receptive field
def nin_block(c_in, c_out, kernel, stride, padding, n_1x1=2):
    """A convolution and n_1x1 convolutions of 1 x 1, each followed by a ReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding), nn.ReLU()]
    for _ in range(n_1x1):
        layers += [nn.Conv2d(c_out, c_out, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin(n_1x1=2):
    """NiN for (N, 1, 224, 224) images and ten classes."""
    return nn.Sequential(
        *(nin_block(1, 96, 11, 4, 0, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(96, 256, 5, 1, 2, n_1x1), nn.MaxPool2d(3, 2)),
        *(nin_block(256, 384, 3, 1, 1, n_1x1), nn.MaxPool2d(3, 2), nn.Dropout(0.5)),
        *(nin_block(384, 10, 3, 1, 1, n_1x1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def merge_1x1(first, second):
    """One 1 x 1 convolution that computes second(first(x))."""
    merged = nn.Conv2d(first.in_channels, second.out_channels, 1, dtype=first.weight.dtype)
    a, b = first.weight[:, :, 0, 0], second.weight[:, :, 0, 0]
    with torch.no_grad():
        merged.weight.copy_((b @ a)[:, :, None, None])
        merged.bias.copy_(b @ first.bias + second.bias)
    return merged


def verdict(a, b):
    """Which of two networks is more accurate, given one accuracy per seed: "first", "second" or "unclear"."""
    gap = np.mean(a) - np.mean(b)
    error = math.sqrt(np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b))
    if gap > 2 * error:
        return "first"
    return "second" if gap < -2 * error else "unclear"


one_by_one_facts = {}
one_by_one_facts["field_grows"] = False
one_by_one_facts["half_the_parameters"] = False
one_by_one_facts["channels_mix"] = True
one_by_one_facts["two_without_relu_do_more"] = False


one_by_one_facts["field_grows"] = True


# %% q14_nin_resources accept: a list of layers, asked one by one
nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


def nin_stats(blocks, in_channels, size):
    layers = []
    c = in_channels
    for channels, kernel, stride, padding in blocks:
        layers += [(c, channels, kernel, stride, padding), (channels, channels, 1, 1, 0), (channels, channels, 1, 1, 0)]
        layers.append((channels, 0, 3, 2, 0))
        c = channels
    totals = dict(params=0, macs=0, outputs=0, pair=0)
    side = size
    for a, b, k, s, p in layers[:-1]:
        before, side = a * side * side, (side + 2 * p - k) // s + 1
        after = (b or a) * side * side
        totals["params"] += b * (a * k * k + 1)
        totals["macs"] += b * a * k * k * side * side
        totals["outputs"] += after
        totals["pair"] = max(totals["pair"], before + after)
    return totals


def train_floats(stats, batch):
    return stats["params"] + stats["params"] + stats["outputs"] * batch


def infer_floats(stats, batch):
    return sum([stats["params"]] + [stats["pair"]] * batch)


# %% q14_nin_resources reject: forgets the 1 x 1 layers
def train_floats(stats, batch):
    """Numbers in memory in training, an int."""
    return 2 * stats["params"] + batch * stats["outputs"]


def infer_floats(stats, batch):
    """Numbers in memory in inference, an int."""
    return stats["params"] + batch * stats["pair"]


nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


def nin_stats(blocks, in_channels, size):
    params, macs, shapes, c_in, side = 0, 0, [in_channels * size**2], in_channels, size
    for number, (c_out, kernel, stride, padding) in enumerate(blocks):
        if number > 0:
            side = (side - 3) // 2 + 1
            shapes.append(c_in * side**2)
        side = (side + 2 * padding - kernel) // stride + 1
        params += kernel**2 * c_in * c_out + c_out
        macs += kernel**2 * c_in * c_out * side**2
        shapes += [c_out * side**2]
        c_in = c_out
    pair = max(a + b for a, b in zip(shapes, shapes[1:]))
    return {"params": params, "macs": macs, "outputs": sum(shapes[1:]), "pair": pair}


# %% q14_nin_resources reject: training memory without the batch
def nin_stats(blocks, in_channels, size):
    """params, macs, outputs and pair of a NiN for one image."""
    params, macs, shapes, c_in, side = 0, 0, [in_channels * size**2], in_channels, size
    for number, (c_out, kernel, stride, padding) in enumerate(blocks):
        if number > 0:
            side = (side - 3) // 2 + 1
            shapes.append(c_in * side**2)
        side = (side + 2 * padding - kernel) // stride + 1
        weights = kernel**2 * c_in * c_out + 2 * c_out**2
        params += weights + 3 * c_out
        macs += weights * side**2
        shapes += [c_out * side**2] * 3
        c_in = c_out
    pair = max(a + b for a, b in zip(shapes, shapes[1:]))
    return {"params": params, "macs": macs, "outputs": sum(shapes[1:]), "pair": pair}


def infer_floats(stats, batch):
    """Numbers in memory in inference, an int."""
    return stats["params"] + batch * stats["pair"]


nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


def train_floats(stats, batch):
    return 2 * stats["params"] + stats["outputs"]


# %% q14_nin_resources reject: keeps all outputs in inference, too
def nin_stats(blocks, in_channels, size):
    """params, macs, outputs and pair of a NiN for one image."""
    params, macs, shapes, c_in, side = 0, 0, [in_channels * size**2], in_channels, size
    for number, (c_out, kernel, stride, padding) in enumerate(blocks):
        if number > 0:
            side = (side - 3) // 2 + 1
            shapes.append(c_in * side**2)
        side = (side + 2 * padding - kernel) // stride + 1
        weights = kernel**2 * c_in * c_out + 2 * c_out**2
        params += weights + 3 * c_out
        macs += weights * side**2
        shapes += [c_out * side**2] * 3
        c_in = c_out
    pair = max(a + b for a, b in zip(shapes, shapes[1:]))
    return {"params": params, "macs": macs, "outputs": sum(shapes[1:]), "pair": pair}


def train_floats(stats, batch):
    """Numbers in memory in training, an int."""
    return 2 * stats["params"] + batch * stats["outputs"]


nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


def infer_floats(stats, batch):
    return stats["params"] + batch * stats["outputs"]


# %% q14_nin_resources reject: adds a dense layer at the end
def nin_stats(blocks, in_channels, size):
    """params, macs, outputs and pair of a NiN for one image."""
    params, macs, shapes, c_in, side = 0, 0, [in_channels * size**2], in_channels, size
    for number, (c_out, kernel, stride, padding) in enumerate(blocks):
        if number > 0:
            side = (side - 3) // 2 + 1
            shapes.append(c_in * side**2)
        side = (side + 2 * padding - kernel) // stride + 1
        weights = kernel**2 * c_in * c_out + 2 * c_out**2
        params += weights + 3 * c_out
        macs += weights * side**2
        shapes += [c_out * side**2] * 3
        c_in = c_out
    pair = max(a + b for a, b in zip(shapes, shapes[1:]))
    return {"params": params, "macs": macs, "outputs": sum(shapes[1:]), "pair": pair}


def train_floats(stats, batch):
    """Numbers in memory in training, an int."""
    return 2 * stats["params"] + batch * stats["outputs"]


def infer_floats(stats, batch):
    """Numbers in memory in inference, an int."""
    return stats["params"] + batch * stats["pair"]


nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


nin_budget["params"] = 1992166 + 250 * 10 + 10


# %% q14_nin_resources reject: thinks that fewer parameters mean less work
def nin_stats(blocks, in_channels, size):
    """params, macs, outputs and pair of a NiN for one image."""
    params, macs, shapes, c_in, side = 0, 0, [in_channels * size**2], in_channels, size
    for number, (c_out, kernel, stride, padding) in enumerate(blocks):
        if number > 0:
            side = (side - 3) // 2 + 1
            shapes.append(c_in * side**2)
        side = (side + 2 * padding - kernel) // stride + 1
        weights = kernel**2 * c_in * c_out + 2 * c_out**2
        params += weights + 3 * c_out
        macs += weights * side**2
        shapes += [c_out * side**2] * 3
        c_in = c_out
    pair = max(a + b for a, b in zip(shapes, shapes[1:]))
    return {"params": params, "macs": macs, "outputs": sum(shapes[1:]), "pair": pair}


def train_floats(stats, batch):
    """Numbers in memory in training, an int."""
    return 2 * stats["params"] + batch * stats["outputs"]


def infer_floats(stats, batch):
    """Numbers in memory in inference, an int."""
    return stats["params"] + batch * stats["pair"]


nin_budget = {}
nin_budget["params"] = 1992166
nin_budget["macs"] = 762297352
nin_budget["one_by_one_macs"] = 184824712
nin_budget["train"] = 213517004
nin_budget["infer"] = 2552038
nin_budget["fewer_params"] = 23.47
resource_facts = {}
resource_facts["params_by_size"] = False
resource_facts["macs_like_params"] = False
resource_facts["training_by_activations"] = True


resource_facts["macs_like_params"] = True


# %% q15_class_maps accept: a list of widths, singular values, and one backward pass per class
last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


def head(kind, c_in, classes, width=32):
    widths = {"one_step": [classes] * 3, "no_relu": [classes] * 3, "gradual": [width] * 3 + [classes]}
    try:
        outs = widths[kind]
    except KeyError:
        raise ValueError(kind) from None
    net, before = nn.Sequential(), c_in
    for number, after in enumerate(outs):
        net.append(nn.Conv2d(before, after, 3 if number == 0 else 1, padding="same"))
        net.append(nn.ReLU())
        before = after
    return net if kind == "one_step" else net[:-1]


def map_ranks(maps):
    ranks = []
    for image in maps:
        values = np.linalg.svd(image.reshape(len(image), -1).numpy(), compute_uv=False)
        ranks.append(int((values > 1e-5 * max(values[0], 1e-30)).sum()))
    return ranks


def dead_share(maps):
    peaks = maps.abs().amax(dim=(2, 3))
    return float((peaks == 0).sum()) / peaks.numel()


def gradient_rank(net, x):
    x = x.clone().requires_grad_()
    scores = net(x).mean(dim=3).mean(dim=2)[0]
    rows = [torch.autograd.grad(score, x, retain_graph=True)[0].flatten() for score in scores]
    return torch.linalg.matrix_rank(torch.stack(rows)).item()


# %% q15_class_maps reject: a gradual head of linear layers only
def map_ranks(maps):
    """The rank of each image's maps, a list of ints."""
    return torch.linalg.matrix_rank(maps.flatten(2)).tolist()


def dead_share(maps):
    """The share of maps that are zero everywhere, a float."""
    return (maps == 0).flatten(2).all(dim=2).double().mean().item()


def gradient_rank(net, x):
    """The rank of the derivatives of the mean maps with respect to x, an int."""
    slopes = torch.autograd.functional.jacobian(lambda x: net(x).mean(dim=(2, 3))[0], x)
    return int(torch.linalg.matrix_rank(slopes.flatten(1)))


last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


def head(kind, c_in, classes, width=32):
    if kind not in ("one_step", "no_relu", "gradual"):
        raise ValueError
    if kind == "gradual":
        rest = [nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1), nn.Conv2d(width, classes, 1)]
        return nn.Sequential(nn.Conv2d(c_in, width, 3, padding=1), *rest)
    c = classes
    layers = [nn.Conv2d(c_in, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU()]
    return nn.Sequential(*(layers if kind == "one_step" else layers[:-1]))


# %% q15_class_maps reject: the last ReLU stays in all heads
def map_ranks(maps):
    """The rank of each image's maps, a list of ints."""
    return torch.linalg.matrix_rank(maps.flatten(2)).tolist()


def dead_share(maps):
    """The share of maps that are zero everywhere, a float."""
    return (maps == 0).flatten(2).all(dim=2).double().mean().item()


def gradient_rank(net, x):
    """The rank of the derivatives of the mean maps with respect to x, an int."""
    slopes = torch.autograd.functional.jacobian(lambda x: net(x).mean(dim=(2, 3))[0], x)
    return int(torch.linalg.matrix_rank(slopes.flatten(1)))


last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


def head(kind, c_in, classes, width=32):
    if kind not in ("one_step", "no_relu", "gradual"):
        raise ValueError
    c = width if kind == "gradual" else classes
    layers = [nn.Conv2d(c_in, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU()]
    if kind == "gradual":
        layers += [nn.Conv2d(c, classes, 1), nn.ReLU()]
    return nn.Sequential(*layers)


# %% q15_class_maps reject: calls a class dead at every zero
def head(kind, c_in, classes, width=32):
    """Features (N, c_in, h, w) to class maps (N, classes, h, w): "one_step", "no_relu" or "gradual"."""
    if kind not in ("one_step", "no_relu", "gradual"):
        raise ValueError(f"no head {kind!r}")
    c = width if kind == "gradual" else classes
    layers = [nn.Conv2d(c_in, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1)]
    if kind != "no_relu":
        layers.append(nn.ReLU())
    if kind == "gradual":
        layers.append(nn.Conv2d(c, classes, 1))
    return nn.Sequential(*layers)


def map_ranks(maps):
    """The rank of each image's maps, a list of ints."""
    return torch.linalg.matrix_rank(maps.flatten(2)).tolist()


def gradient_rank(net, x):
    """The rank of the derivatives of the mean maps with respect to x, an int."""
    slopes = torch.autograd.functional.jacobian(lambda x: net(x).mean(dim=(2, 3))[0], x)
    return int(torch.linalg.matrix_rank(slopes.flatten(1)))


last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


def dead_share(maps):
    return (maps == 0).double().mean().item()


# %% q15_class_maps reject: one rank for all images together
def head(kind, c_in, classes, width=32):
    """Features (N, c_in, h, w) to class maps (N, classes, h, w): "one_step", "no_relu" or "gradual"."""
    if kind not in ("one_step", "no_relu", "gradual"):
        raise ValueError(f"no head {kind!r}")
    c = width if kind == "gradual" else classes
    layers = [nn.Conv2d(c_in, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1)]
    if kind != "no_relu":
        layers.append(nn.ReLU())
    if kind == "gradual":
        layers.append(nn.Conv2d(c, classes, 1))
    return nn.Sequential(*layers)


def dead_share(maps):
    """The share of maps that are zero everywhere, a float."""
    return (maps == 0).flatten(2).all(dim=2).double().mean().item()


def gradient_rank(net, x):
    """The rank of the derivatives of the mean maps with respect to x, an int."""
    slopes = torch.autograd.functional.jacobian(lambda x: net(x).mean(dim=(2, 3))[0], x)
    return int(torch.linalg.matrix_rank(slopes.flatten(1)))


last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


def map_ranks(maps):
    rank = int(torch.linalg.matrix_rank(maps.transpose(0, 1).flatten(1)))
    return [rank] * len(maps)


# %% q15_class_maps reject: mixes up channels and places
def head(kind, c_in, classes, width=32):
    """Features (N, c_in, h, w) to class maps (N, classes, h, w): "one_step", "no_relu" or "gradual"."""
    if kind not in ("one_step", "no_relu", "gradual"):
        raise ValueError(f"no head {kind!r}")
    c = width if kind == "gradual" else classes
    layers = [nn.Conv2d(c_in, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1), nn.ReLU(), nn.Conv2d(c, c, 1)]
    if kind != "no_relu":
        layers.append(nn.ReLU())
    if kind == "gradual":
        layers.append(nn.Conv2d(c, classes, 1))
    return nn.Sequential(*layers)


def map_ranks(maps):
    """The rank of each image's maps, a list of ints."""
    return torch.linalg.matrix_rank(maps.flatten(2)).tolist()


def dead_share(maps):
    """The share of maps that are zero everywhere, a float."""
    return (maps == 0).flatten(2).all(dim=2).double().mean().item()


def gradient_rank(net, x):
    """The rank of the derivatives of the mean maps with respect to x, an int."""
    slopes = torch.autograd.functional.jacobian(lambda x: net(x).mean(dim=(2, 3))[0], x)
    return int(torch.linalg.matrix_rank(slopes.flatten(1)))


last_block_params = (34570, 110, 110)
bottleneck_facts = {}
bottleneck_facts["ten_directions"] = True
bottleneck_facts["places_are_lost"] = False
bottleneck_facts["negative_scores"] = False
bottleneck_facts["dead_class_is_stuck"] = True
bottleneck_facts["gradual_needs_relu"] = True


bottleneck_facts["places_are_lost"] = True


# %% q16_tuning accept: recursion over the keys, and a loop that keeps the best
tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


def expand(grid):
    if not grid:
        return [{}]
    *keys, last = grid
    return [{**front, last: value} for front in expand({key: grid[key] for key in keys}) for value in grid[last]]


def tune(grid, run):
    best, top, table = None, -1.0, []
    for config in expand(grid):
        train, validation = run(config)
        table.append([config, train, validation])
        if validation > top:
            best, top = config, validation
    return best, table


def dead_classes(scores):
    alive = scores.abs().amax(dim=0) > 0
    return 1 - float(alive.sum()) / len(alive)


nin_choice = {"n_1x1": 1, "init": "kaiming", "lr": 0.01, "epochs": 9}


# %% q16_tuning reject: chooses by the training accuracy
def expand(grid):
    """All configurations of a grid, the last key fastest."""
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def dead_classes(scores):
    """The share of classes that score zero on all examples, a float."""
    return (scores == 0).all(dim=0).double().mean().item()


nin_choice = {"n_1x1": 1, "init": "kaiming", "lr": 0.007, "epochs": 10}
tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


def tune(grid, run):
    table = [(config, *run(config)) for config in expand(grid)]
    return max(table, key=lambda row: row[1])[0], table


# %% q16_tuning reject: lets the last of equal configurations win
def expand(grid):
    """All configurations of a grid, the last key fastest."""
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def dead_classes(scores):
    """The share of classes that score zero on all examples, a float."""
    return (scores == 0).all(dim=0).double().mean().item()


nin_choice = {"n_1x1": 1, "init": "kaiming", "lr": 0.007, "epochs": 10}
tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


def tune(grid, run):
    table = [(config, *run(config)) for config in expand(grid)]
    return max(reversed(table), key=lambda row: row[2])[0], table


# %% q16_tuning reject: changes one key at a time instead of all combinations
def tune(grid, run):
    """(best configuration, [(config, training accuracy, validation accuracy)])."""
    table = [(config, *run(config)) for config in expand(grid)]
    return max(table, key=lambda row: row[2])[0], table


def dead_classes(scores):
    """The share of classes that score zero on all examples, a float."""
    return (scores == 0).all(dim=0).double().mean().item()


nin_choice = {"n_1x1": 1, "init": "kaiming", "lr": 0.007, "epochs": 10}
tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


def expand(grid):
    first = {key: values[0] for key, values in grid.items() if values}
    return [first] + [{**first, key: value} for key, values in grid.items() for value in values[1:]]


# %% q16_tuning reject: counts a net as dead only if whole rows are zero
def expand(grid):
    """All configurations of a grid, the last key fastest."""
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def tune(grid, run):
    """(best configuration, [(config, training accuracy, validation accuracy)])."""
    table = [(config, *run(config)) for config in expand(grid)]
    return max(table, key=lambda row: row[2])[0], table


nin_choice = {"n_1x1": 1, "init": "kaiming", "lr": 0.007, "epochs": 10}
tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


def dead_classes(scores):
    return (scores == 0).all(dim=1).double().mean().item()


# %% q16_tuning reject: a learning rate that kills the classes
def expand(grid):
    """All configurations of a grid, the last key fastest."""
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def tune(grid, run):
    """(best configuration, [(config, training accuracy, validation accuracy)])."""
    table = [(config, *run(config)) for config in expand(grid)]
    return max(table, key=lambda row: row[2])[0], table


def dead_classes(scores):
    """The share of classes that score zero on all examples, a float."""
    return (scores == 0).all(dim=0).double().mean().item()


tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


nin_choice = {"n_1x1": 2, "init": "default", "lr": 0.3, "epochs": 10}


# %% q16_tuning reject: takes the smallest rate for the safest
def expand(grid):
    """All configurations of a grid, the last key fastest."""
    return [dict(zip(grid, values)) for values in product(*grid.values())]


def tune(grid, run):
    """(best configuration, [(config, training accuracy, validation accuracy)])."""
    table = [(config, *run(config)) for config in expand(grid)]
    return max(table, key=lambda row: row[2])[0], table


def dead_classes(scores):
    """The share of classes that score zero on all examples, a float."""
    return (scores == 0).all(dim=0).double().mean().item()


tuning_facts = {}
tuning_facts["large_rate_kills"] = True
tuning_facts["small_rate_is_safe"] = False
tuning_facts["dead_needs_zero_rows"] = False
tuning_facts["training_accuracy_decides"] = False


nin_choice = {"n_1x1": 2, "init": "kaiming", "lr": 0.00001, "epochs": 10}
tuning_facts["small_rate_is_safe"] = True


# %% q03_layer_table equivalent: the table holds shapes and counts, neither the numbers nor the size of the batch
# wrong-function-ad8059
# wrong-constant-886359


# %% q05_saved_memory equivalent: rounding down and cutting off differ below zero only, where the answer is zero
# wrong-arithmetic-b2f402


# %% q09_small_alexnet equivalent: other nets within the budgets that learn the digits are right, too
# wrong-constant-6f7c7f
# wrong-constant-57215a
# dropped-bias-45fe3a
# dropped-layer-9bc3b1
# dropped-bias-08f8c2
# dropped-layer-9bd646
# dropped-bias-71ffd5


# %% q10_one_change equivalent: 28 and 29 pixels halve to 14, and the convolutions before keep what is really there
# wrong-constant-130f2f


# %% q16_tuning equivalent: other choices that learn the stripes are right, too
# wrong-constant-d1adb8
# wrong-constant-fa4805
# wrong-constant-e0162d


# %% q15_class_maps equivalent: a constant factor does not change a rank
# wrong-reduction-963715
