# %% q1_before_super accept: one step after the other in a generator
predicted = {
    name: ("construct", "AttributeError") if name[0] in "LPB" else ("call", "AttributeError")
    for name in ("LayerOnly", "ParameterOnly", "BufferOnly", "NumberOnly", "TensorOnly")
}
predicted["NumberThenSuper"] = ("none", None)


def first_failure(cls):
    made = []
    steps = [
        ("construct", lambda: made.append(cls())),
        ("call", lambda: made[0](torch.zeros(2, 3))),
        ("parameters", lambda: list(made[0].parameters())),
    ]
    for name, step in steps:
        try:
            step()
        except Exception as problem:
            return (name, problem.__class__.__name__)
    return ("none", None)


# %% q1_before_super reject: an InitializationError about weights, as the source says
predicted = dict.fromkeys(
    ["LayerOnly", "ParameterOnly", "BufferOnly", "NumberOnly", "TensorOnly"], ("construct", "InitializationError")
)
predicted["NumberThenSuper"] = ("none", None)


def first_failure(cls):
    stage = "construct"
    try:
        net = cls()
        stage = "call"
        net(torch.zeros(2, 3))
        stage = "parameters"
        list(net.parameters())
    except Exception as problem:
        return stage, type(problem).__name__
    return "none", None


# %% q1_before_super reject: any assignment before super() fails at once
predicted = dict.fromkeys(
    ["LayerOnly", "ParameterOnly", "BufferOnly", "NumberOnly", "TensorOnly", "NumberThenSuper"],
    ("construct", "AttributeError"),
)


def first_failure(cls):
    stage = "construct"
    try:
        net = cls()
        stage = "call"
        net(torch.zeros(2, 3))
        stage = "parameters"
        list(net.parameters())
    except Exception as problem:
        return stage, type(problem).__name__
    return "none", None


# %% q1_before_super reject: only AttributeError and TypeError count
predicted = dict.fromkeys(["LayerOnly", "ParameterOnly", "BufferOnly"], ("construct", "AttributeError"))
predicted |= dict.fromkeys(["NumberOnly", "TensorOnly"], ("call", "AttributeError"))
predicted["NumberThenSuper"] = ("none", None)


def first_failure(cls):
    stage = "construct"
    try:
        net = cls()
        stage = "call"
        net(torch.zeros(2, 3))
        stage = "parameters"
        list(net.parameters())
    except (AttributeError, TypeError) as problem:
        return stage, type(problem).__name__
    return "none", None


# %% q1_before_super reject: a plain number is never noticed, the parameters are just not trained
predicted = dict.fromkeys(["LayerOnly", "ParameterOnly", "BufferOnly"], ("construct", "AttributeError"))
predicted |= dict.fromkeys(["NumberOnly", "TensorOnly", "NumberThenSuper"], ("none", None))


def first_failure(cls):
    try:
        net = cls()
    except Exception as problem:
        return "construct", type(problem).__name__
    try:
        net.forward(torch.zeros(2, 3))
    except Exception as problem:
        return "call", type(problem).__name__
    return "none", None


# %% q2_scalars accept: no graph at all, sums kept in a tensor
scalar_facts = dict.fromkeys(
    ["loop_needs_item", "vector_condition_works", "vmap_without_item", "json_takes_tensors"], False
)
scalar_facts |= {"same_result": True, "list_keeps_graphs": True}


def running_mean_loss(net, batches, loss_fn):
    with torch.no_grad():
        sums = torch.zeros(2, dtype=torch.float64)
        for x, y in batches:
            sums += torch.tensor([1.0, loss_fn(net(x), y)]) * x.shape[0]
    return float(sums[1] / sums[0])


# %% q2_scalars accept: detached tensors, converted at the end
scalar_facts = {
    "loop_needs_item": False,
    "same_result": True,
    "vector_condition_works": False,
    "vmap_without_item": False,
    "json_takes_tensors": False,
    "list_keeps_graphs": True,
}


def running_mean_loss(net, batches, loss_fn):
    losses, sizes = [], []
    for x, y in batches:
        losses.append(loss_fn(net(x), y).detach())
        sizes.append(len(x))
    return sum(loss.item() * n for loss, n in zip(losses, sizes)) / sum(sizes)


# %% q2_scalars reject: sums loss tensors and converts at the end
scalar_facts = {
    "loop_needs_item": False,
    "same_result": True,
    "vector_condition_works": False,
    "vmap_without_item": False,
    "json_takes_tensors": False,
    "list_keeps_graphs": True,
}


def running_mean_loss(net, batches, loss_fn):
    total, count = 0.0, 0
    for x, y in batches:
        total += loss_fn(net(x), y) * len(x)
        count += len(x)
    return total.item() / count


# %% q2_scalars reject: plain mean over unequal batches
scalar_facts = {
    "loop_needs_item": False,
    "same_result": True,
    "vector_condition_works": False,
    "vmap_without_item": False,
    "json_takes_tensors": False,
    "list_keeps_graphs": True,
}


def running_mean_loss(net, batches, loss_fn):
    losses = [loss_fn(net(x), y).item() for x, y in batches]
    return sum(losses) / len(losses)


# %% q2_scalars reject: believes that the loop breaks without item
scalar_facts = {
    "loop_needs_item": True,
    "same_result": True,
    "vector_condition_works": False,
    "vmap_without_item": False,
    "json_takes_tensors": False,
    "list_keeps_graphs": False,
}


def running_mean_loss(net, batches, loss_fn):
    total, count = 0.0, 0
    for x, y in batches:
        total += loss_fn(net(x), y).item() * len(x)
        count += len(x)
    return total / count


# %% q2_scalars reject: collects all batches first
scalar_facts = {
    "loop_needs_item": False,
    "same_result": True,
    "vector_condition_works": False,
    "vmap_without_item": False,
    "json_takes_tensors": False,
    "list_keeps_graphs": True,
}


def running_mean_loss(net, batches, loss_fn):
    batches = list(batches)
    total = sum(loss_fn(net(x), y).item() * len(x) for x, y in batches)
    return total / sum(len(x) for x, _ in batches)


# %% q3_hidden_layers accept: a ModuleList inside a module of its own, and a stack in place of recursion
class Chain(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class NestMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Chain(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.linear = nn.Linear(32, 16)

    def forward(self, x):
        return self.linear(self.net(x))


def hidden_modules(module):
    todo = [([name] if name else [], owner) for name, owner in module.named_modules()]
    stack = [(p + [k], v) for p, owner in todo for k, v in owner.__dict__.items() if v is not owner._modules]
    paths = set()
    while stack:
        path, value = stack.pop()
        if isinstance(value, nn.Module):
            paths.add(".".join(path))
        elif isinstance(value, dict):
            stack += [(path + [str(k)], v) for k, v in value.items()]
        elif isinstance(value, (tuple, list)):
            stack += [(path + [str(i)], v) for i, v in enumerate(value)]
    return sorted(paths)


# %% q3_hidden_layers reject: keeps the list and loops over it
class NestMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = [nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU()]
        self.linear = nn.Linear(32, 16)

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return self.linear(x)


def hidden_modules(module):
    found = []

    def search(path, value):
        if isinstance(value, nn.Module):
            found.append(path)
        elif isinstance(value, dict):
            for key in value:
                search(f"{path}.{key}", value[key])
        elif isinstance(value, (list, tuple)):
            for i in range(len(value)):
                search(f"{path}.{i}", value[i])

    for name, owner in module.named_modules():
        for key, value in vars(owner).items():
            if key != "_modules":
                search(f"{name}.{key}" if name else key, value)
    return sorted(found)


# %% q3_hidden_layers reject: a ModuleList that is looped over, but cannot be called
class NestMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.ModuleList([nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU()])
        self.linear = nn.Linear(32, 16)

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return self.linear(x)


def hidden_modules(module):
    found = []

    def search(path, value):
        if isinstance(value, nn.Module):
            found.append(path)
        elif isinstance(value, dict):
            for key in value:
                search(f"{path}.{key}", value[key])
        elif isinstance(value, (list, tuple)):
            for i in range(len(value)):
                search(f"{path}.{i}", value[i])

    for name, owner in module.named_modules():
        for key, value in vars(owner).items():
            if key != "_modules":
                search(f"{name}.{key}" if name else key, value)
    return sorted(found)


# %% q3_hidden_layers reject: looks one level deep, and not into submodules
class NestMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.linear = nn.Linear(32, 16)

    def forward(self, x):
        return self.linear(self.net(x))


def hidden_modules(module):
    found = []
    for name, value in vars(module).items():
        if name == "_modules":
            continue
        entries = (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, (list, tuple)) else [])
        )
        for key, entry in entries:
            if isinstance(entry, nn.Module):
                found.append(f"{name}.{key}")
            elif isinstance(entry, (list, tuple)):
                found += [f"{name}.{key}.{i}" for i, v in enumerate(entry) if isinstance(v, nn.Module)]
    return sorted(found)


# %% q4_parallel accept: a ModuleList and a preallocated output
class Parallel(nn.Module):
    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        self.nets = nn.ModuleList([net1, net2])
        self.axis = dim

    def forward(self, x):
        first, second = (net(x) for net in self.nets)
        return (
            torch.hstack([first.movedim(self.axis, 0).flatten(1).T, second.movedim(self.axis, 0).flatten(1).T])
            .T.reshape(-1, *first.movedim(self.axis, 0).shape[1:])
            .movedim(0, self.axis)
        )


# %% q4_parallel reject: an extra one-unit head per branch, as in the source
class Parallel(nn.Module):
    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        self.first = nn.Sequential(net1, nn.LazyLinear(1))
        self.second = nn.Sequential(net2, nn.LazyLinear(1))
        self.dim = dim

    def forward(self, x):
        return torch.cat([self.first(x), self.second(x)], dim=self.dim)


# %% q4_parallel reject: the sum of the outputs
class Parallel(nn.Module):
    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        self.net1, self.net2 = net1, net2

    def forward(self, x):
        return self.net1(x) + self.net2(x)


# %% q4_parallel reject: networks in a plain tuple
class Parallel(nn.Module):
    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        self.nets, self.dim = (net1, net2), dim

    def forward(self, x):
        return torch.cat([net(x) for net in self.nets], dim=self.dim)


# %% q4_parallel reject: copies of the networks, always along the last axis
class Parallel(nn.Module):
    def __init__(self, net1, net2, dim=-1):
        super().__init__()
        self.net1, self.net2 = copy.deepcopy(net1), copy.deepcopy(net2)

    def forward(self, x):
        return torch.cat([self.net1(x), self.net2(x)], dim=-1)


# %% q5_repeat_block accept: a loop that adds up, and blocks registered one by one
class Average(nn.Module):
    def __init__(self, nets):
        super().__init__()
        for i, net in enumerate(nets):
            self.add_module(f"net{i}", net)

    def forward(self, x):
        total = 0
        for net in self.children():
            total = total + net(x)
        return total / len(self._modules)


def repeat_block(make_block, k, parallel=False):
    chain = nn.Sequential()
    for i in range(k):
        chain.add_module(str(i), make_block())
    return Average(list(chain)) if parallel else chain


copies = {"shared_numbers": 17 * 16, "shared_keys": 4 * 2, "factory_numbers": 4 * 17 * 16, "deepcopy_starts": 1}


# %% q5_repeat_block reject: one block k times
class Average(nn.Module):
    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x):
        return torch.stack([net(x) for net in self.nets]).mean(dim=0)


def repeat_block(make_block, k, parallel=False):
    blocks = [make_block()] * k
    return Average(blocks) if parallel else nn.Sequential(*blocks)


copies = {"shared_numbers": 272, "shared_keys": 8, "factory_numbers": 1088, "deepcopy_starts": 1}


# %% q5_repeat_block reject: copies of one block, which begin alike
class Average(nn.Module):
    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x):
        return torch.stack([net(x) for net in self.nets]).mean(dim=0)


def repeat_block(make_block, k, parallel=False):
    block = make_block()
    blocks = [copy.deepcopy(block) for _ in range(k)]
    return Average(blocks) if parallel else nn.Sequential(*blocks)


copies = {"shared_numbers": 1088, "shared_keys": 8, "factory_numbers": 1088, "deepcopy_starts": 4}


# %% q5_repeat_block reject: blocks in a plain dictionary, as in the source
class Average(nn.Module):
    def __init__(self, nets):
        super().__init__()
        self.nets = dict(enumerate(nets))

    def forward(self, x):
        return sum(net(x) for net in self.nets.values()) / len(self.nets)


def repeat_block(make_block, k, parallel=False):
    blocks = [make_block() for _ in range(k)]
    return Average(blocks) if parallel else nn.Sequential(*blocks)


copies = {"shared_numbers": 272, "shared_keys": 8, "factory_numbers": 1088, "deepcopy_starts": 1}


# %% q5_repeat_block reject: the sum in place of the mean, and two keys for a shared block
class Average(nn.Module):
    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x):
        return sum(net(x) for net in self.nets)


def repeat_block(make_block, k, parallel=False):
    blocks = [make_block() for _ in range(k)]
    return Average(blocks) if parallel else nn.Sequential(*blocks)


copies = {"shared_numbers": 272, "shared_keys": 2, "factory_numbers": 1088, "deepcopy_starts": 1}


# %% q6_parameters accept: parameters collected by identity, paths followed by the owner's registers
fancy_trainable = 20 * 20 + 20


def describe(net):
    trainable, seen, total = {}, set(), 0
    for name, p in net.named_parameters(remove_duplicate=False):
        if p.requires_grad and id(p) not in seen:
            seen.add(id(p))
            trainable[name] = tuple(p.size())
            total += math.prod(p.size())
    buffers = {}
    for name, b in net.named_buffers():
        buffers[name] = tuple(b.size())
    return dict(trainable=trainable, buffers=buffers, total=total)


def get_by_path(net, path):
    owner, _, name = path.rpartition(".")
    holder = net.get_submodule(owner)
    for register in (holder._parameters, holder._buffers):
        if name in register:
            return register[name]
    raise AttributeError(path)


# %% q6_parameters reject: counts the constant matrix as trainable
fancy_trainable = 820


def describe(net):
    trainable = {name: tuple(p.shape) for name, p in net.state_dict().items()}
    buffers = {name: tuple(b.shape) for name, b in net.named_buffers()}
    return {"trainable": trainable, "buffers": buffers, "total": sum(map(math.prod, trainable.values()))}


def get_by_path(net, path):
    for part in path.split("."):
        net = getattr(net, part)
    return net


# %% q6_parameters reject: counts a layer as often as it is used
fancy_trainable = 840


def describe(net):
    named = [(n, p) for n, p in net.named_parameters(remove_duplicate=False) if p.requires_grad]
    return {
        "trainable": {n: tuple(p.shape) for n, p in named},
        "buffers": {n: tuple(b.shape) for n, b in net.named_buffers()},
        "total": sum(p.numel() for _, p in named),
    }


def get_by_path(net, path):
    for part in path.split("."):
        net = getattr(net, part)
    return net


# %% q6_parameters reject: looks paths up in named_parameters, counts frozen parameters
fancy_trainable = 420


def describe(net):
    return {
        "trainable": {n: tuple(p.shape) for n, p in net.named_parameters()},
        "buffers": {n: tuple(b.shape) for n, b in net.named_buffers()},
        "total": sum(p.numel() for p in net.parameters()),
    }


def get_by_path(net, path):
    tensors = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    if path not in tensors:
        raise AttributeError(path)
    return tensors[path]


# %% q6_parameters reject: hands out the detached tensors of the state dictionary
fancy_trainable = 420


def describe(net):
    trainable = {name: p for name, p in net.named_parameters() if p.requires_grad}
    return {
        "trainable": {name: tuple(p.shape) for name, p in trainable.items()},
        "buffers": {name: tuple(b.shape) for name, b in net.named_buffers()},
        "total": sum(p.numel() for p in trainable.values()),
    }


def get_by_path(net, path):
    state = net.state_dict()
    if path not in state:
        raise AttributeError(path)
    return state[path]


# %% q7_initialisers accept: fans by torch's own helper, fills written out
def fans(shape):
    return nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


def start_variance(scheme, shape):
    fan_in, fan_out = fans(shape)
    if scheme.startswith("xavier"):
        return 1.0 / (0.5 * fan_in + 0.5 * fan_out)
    return (2.0 if scheme.startswith("kaiming") else 1 / 3) / fan_in


def start_bound(scheme, shape):
    if scheme in ("xavier_normal", "kaiming_normal"):
        return float("inf")
    return (3 * start_variance(scheme, shape)) ** 0.5


def init_net(net, scheme):
    if scheme not in ("xavier_uniform", "kaiming_normal", "orthogonal"):
        raise ValueError(scheme)

    @torch.no_grad()
    def fill(layer):
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            return
        weight = layer.weight
        if scheme == "xavier_uniform":
            bound = start_bound(scheme, tuple(weight.shape))
            weight.copy_(bound * (2 * torch.rand_like(weight) - 1))
        elif scheme == "kaiming_normal":
            weight.copy_(torch.randn_like(weight) * start_variance(scheme, tuple(weight.shape)) ** 0.5)
        else:
            flat = torch.randn(weight.flatten(1).shape)
            u, _, v = torch.linalg.svd(flat, full_matrices=False)
            weight.copy_((u @ v).view_as(weight))
        if layer.bias is not None:
            layer.bias.fill_(0)

    net.apply(fill)


# %% q7_initialisers reject: fan-in and fan-out exchanged
def fans(shape):
    places = math.prod(shape[2:])
    return shape[0] * places, shape[1] * places


def start_variance(scheme, shape):
    fan_in, fan_out = fans(shape)
    family = scheme.split("_")[0]
    return {"xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in, "default": 1 / (3 * fan_in)}[family]


def start_bound(scheme, shape):
    return math.inf if scheme.endswith("normal") else math.sqrt(3 * start_variance(scheme, shape))


def init_net(net, scheme):
    fills = {
        "xavier_uniform": nn.init.xavier_uniform_,
        "kaiming_normal": lambda w: nn.init.kaiming_normal_(w, mode="fan_out"),
        "orthogonal": nn.init.orthogonal_,
    }
    if scheme not in fills:
        raise ValueError(scheme)
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            fills[scheme](layer.weight)
            if layer.bias is not None:
                layer.bias.data.zero_()


# %% q7_initialisers reject: takes the bound squared for the variance, forgets the kernel
def fans(shape):
    return shape[1], shape[0]


def start_variance(scheme, shape):
    fan_in, fan_out = fans(shape)
    family = scheme.split("_")[0]
    return {"xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in, "default": 1 / fan_in}[family]


def start_bound(scheme, shape):
    return math.inf if scheme.endswith("normal") else math.sqrt(start_variance(scheme, shape))


def init_net(net, scheme):
    fills = {"xavier_uniform": nn.init.xavier_uniform_, "kaiming_normal": nn.init.kaiming_normal_}
    fills["orthogonal"] = nn.init.orthogonal_
    if scheme not in fills:
        raise ValueError(scheme)
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            fills[scheme](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


# %% q7_initialisers reject: fills the top level only, and every layer that has a weight
def fans(shape):
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def start_variance(scheme, shape):
    fan_in, fan_out = fans(shape)
    family = scheme.split("_")[0]
    return {"xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in, "default": 1 / (3 * fan_in)}[family]


def start_bound(scheme, shape):
    return math.inf if scheme.endswith("normal") else math.sqrt(3 * start_variance(scheme, shape))


def init_net(net, scheme):
    fills = {"xavier_uniform": nn.init.xavier_uniform_, "kaiming_normal": nn.init.kaiming_normal_}
    fills["orthogonal"] = nn.init.orthogonal_
    if scheme not in fills:
        raise ValueError(scheme)
    for layer in net:
        if hasattr(layer, "weight"):
            fills[scheme](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


# %% q7_initialisers reject: takes PyTorch's default for Xavier
def fans(shape):
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def start_variance(scheme, shape):
    fan_in, fan_out = fans(shape)
    family = scheme.split("_")[0]
    return 2 / fan_in if family == "kaiming" else 2 / (fan_in + fan_out)


def start_bound(scheme, shape):
    return math.inf if scheme.endswith("normal") else math.sqrt(3 * start_variance(scheme, shape))


def init_net(net, scheme):
    fills = {"xavier_uniform": nn.init.xavier_uniform_, "kaiming_normal": nn.init.kaiming_normal_}
    fills["orthogonal"] = nn.init.orthogonal_
    if scheme not in fills:
        raise ValueError(scheme)
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            fills[scheme](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


# %% q8_lazy_shapes accept: types in place of is_lazy, hooks on the open layers alone
def pending(net):
    names = [n for n, p in net.named_parameters() if isinstance(p, nn.UninitializedParameter)]
    names.sort()
    return names


def lazy_report(net, x):
    shape = lambda p: None if isinstance(p, nn.UninitializedParameter) else tuple(p.shape)
    rows = [[name, shape(p)] for name, p in net.named_parameters()]
    trial = copy.deepcopy(net)
    with torch.no_grad():
        trial(x)
    return [(name, before, shape(p)) for (name, before), p in zip(rows, trial.parameters())]


def init_when_ready(net, init_fn):
    weights = [p for name, p in net.named_parameters() if f".{name}".endswith(".weight")]
    waiting = []
    for weight in weights:
        if isinstance(weight, nn.UninitializedParameter):
            waiting.append(weight)
        else:
            init_fn(weight)

    def hook(module, inputs, outputs):
        while waiting:
            init_fn(waiting.pop())

    net.register_forward_hook(hook)


# %% q8_lazy_shapes reject: all or nothing, as the source says
def pending(net):
    lazy = [nn.parameter.is_lazy(p) for p in net.parameters()]
    return sorted(name for name, _ in net.named_parameters()) if any(lazy) else []


def lazy_report(net, x):
    ready = copy.deepcopy(net)
    ready(x)
    return [(name, None if pending(net) else tuple(p.shape), tuple(p.shape)) for name, p in ready.named_parameters()]


def init_when_ready(net, init_fn):
    weights = [p for name, p in net.named_parameters() if name.split(".")[-1] == "weight"]

    def fill(*_):
        for weight in weights:
            init_fn(weight)
        handle.remove()

    handle = net.register_forward_hook(fill)


# %% q8_lazy_shapes reject: a lazy weight of shape (20, 0), a known bias
def pending(net):
    return sorted(n for n, p in net.named_parameters() if nn.parameter.is_lazy(p) and n.endswith("weight"))


def lazy_report(net, x):
    ready = copy.deepcopy(net)
    ready(x)
    rows = []
    for (name, p), after in zip(net.named_parameters(), ready.parameters()):
        lazy = nn.parameter.is_lazy(p) and name.endswith("weight")
        rows.append((name, (after.shape[0], 0) if lazy else tuple(after.shape), tuple(after.shape)))
    return rows


def init_when_ready(net, init_fn):
    weights = {n: p for n, p in net.named_parameters() if n.split(".")[-1] == "weight"}
    waiting = [p for p in weights.values() if nn.parameter.is_lazy(p)]
    for p in weights.values():
        if not nn.parameter.is_lazy(p):
            init_fn(p)

    def fill(*_):
        for p in waiting:
            init_fn(p)
        handle.remove()

    handle = net.register_forward_hook(fill)


# %% q8_lazy_shapes reject: runs the caller's network to see the shapes, fills after every call
def pending(net):
    return sorted(name for name, p in net.named_parameters() if nn.parameter.is_lazy(p))


def lazy_report(net, x):
    before = {n: None if nn.parameter.is_lazy(p) else tuple(p.shape) for n, p in net.named_parameters()}
    net(x)
    return [(n, before[n], tuple(p.shape)) for n, p in net.named_parameters()]


def init_when_ready(net, init_fn):
    waiting = pending(net)
    for name, p in net.named_parameters():
        if name.split(".")[-1] == "weight" and name not in waiting:
            init_fn(p)

    def fill(*_):
        for name, p in net.named_parameters():
            if name in waiting and name.split(".")[-1] == "weight":
                init_fn(p)

    net.register_forward_hook(fill)


# %% q8_lazy_shapes reject: fills everything again after the first call, biases too
def pending(net):
    return sorted(name for name, p in net.named_parameters() if nn.parameter.is_lazy(p))


def lazy_report(net, x):
    ready = copy.deepcopy(net)
    ready(x)
    waiting = pending(net)
    return [(n, None if n in waiting else tuple(p.shape), tuple(p.shape)) for n, p in ready.named_parameters()]


def init_when_ready(net, init_fn):
    for p in net.parameters():
        if not nn.parameter.is_lazy(p):
            init_fn(p)

    def fill(*_):
        for p in net.parameters():
            init_fn(p)
        handle.remove()

    handle = net.register_forward_hook(fill)


# %% q9_tied_layers accept: steps by hand, contributions from the chain rule on stored activations
def tied_mlp(seed):
    torch.manual_seed(seed)
    net = nn.Sequential()
    net.append(nn.Linear(20, 8)).append(nn.ReLU())
    middle = nn.Linear(8, 8)
    for _ in range(2):
        net.append(middle).append(nn.ReLU())
    return net.append(nn.Linear(8, 1))


def train(net, x, y, steps, lr):
    losses = []
    for _ in range(steps):
        loss = ((net(x) - y) ** 2).mean()
        grads = torch.autograd.grad(loss, list(net.parameters()))
        with torch.no_grad():
            for p, g in zip(net.parameters(), grads):
                p -= lr * g
        losses.append(float(loss))
    return losses


def untied_grads(net, x, y):
    h1 = net[:2](x)
    z2 = net[2](h1)
    h2 = net[3](z2)
    z4 = net[4](h2)
    loss = ((net[5:](z4) - y) ** 2).mean()
    d4 = torch.autograd.grad(loss, z4, retain_graph=True)[0]
    d2 = torch.autograd.grad(loss, z2)[0]
    return (d2.T @ h1).detach(), (d4.T @ h2).detach()


# %% q9_tied_layers reject: cross-entropy on one output, as in the source
def tied_mlp(seed):
    torch.manual_seed(seed)
    first, shared, last = nn.Linear(20, 8), nn.Linear(8, 8), nn.Linear(8, 1)
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last)


def train(net, x, y, steps, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net(x), torch.zeros(len(x), dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def untied_grads(net, x, y):
    loose = copy.deepcopy(net)
    loose[4] = copy.deepcopy(loose[2])
    loss = nn.functional.cross_entropy(loose(x), torch.zeros(len(x), dtype=torch.long))
    return torch.autograd.grad(loss, [loose[2].weight, loose[4].weight])


# %% q9_tied_layers reject: a copy of the layer, equal only at the start
def tied_mlp(seed):
    torch.manual_seed(seed)
    first, shared, last = nn.Linear(20, 8), nn.Linear(8, 8), nn.Linear(8, 1)
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), copy.deepcopy(shared), nn.ReLU(), last)


def train(net, x, y, steps, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.functional.mse_loss(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def untied_grads(net, x, y):
    loose = copy.deepcopy(net)
    loose[4] = copy.deepcopy(loose[2])
    loss = nn.functional.mse_loss(loose(x), y)
    return torch.autograd.grad(loss, [loose[2].weight, loose[4].weight])


# %% q9_tied_layers reject: gradients pile up, and half of the sum for each use
def tied_mlp(seed):
    torch.manual_seed(seed)
    first, shared, last = nn.Linear(20, 8), nn.Linear(8, 8), nn.Linear(8, 1)
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last)


def train(net, x, y, steps, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def untied_grads(net, x, y):
    (total,) = torch.autograd.grad(nn.functional.mse_loss(net(x), y), [net[2].weight])
    return total / 2, total / 2


# %% q10_sharing accept: counts by building the matrices, the gradient by hand
def weight_count(kind, **s):
    if kind == "dense":
        return s["n_in"] * s["n_out"]
    if kind in ("conv", "local"):
        kernel = s["c_in"] * s["c_out"] * s["k"] * s["k"]
        return kernel * s.get("h_out", 1) * s.get("w_out", 1)
    if kind == "rnn":
        return s["n_in"] * s["n_hidden"] + s["n_hidden"] ** 2
    return s["d"] * s["k"] * (2 - s["tied"])


def train_tied(X, W, steps, lr):
    C = X.T @ X / X.shape[0]
    for _ in range(steps):
        grad = 2 * (W @ W.T @ W @ C + W @ C @ W.T @ W - 2 * W @ C)
        W = W - lr * grad
    return W.clone()


tied_facts = dict(any_W_orthonormal=False, trained_W_orthonormal=True)
tied_facts.update(rows_are_principal=False, gradient_is_a_sum=True)


# %% q10_sharing reject: parameters times T, image area times kernels
def weight_count(kind, **s):
    if kind == "dense":
        return s["n_in"] * s["n_out"]
    if kind in ("conv", "local"):
        return s["c_in"] * s["c_out"] * s["k"] ** 2
    if kind == "rnn":
        return s["T"] * (s["n_in"] * s["n_hidden"] + s["n_hidden"] ** 2)
    return s["d"] * s["k"] * (1 if s["tied"] else 2)


def train_tied(X, W, steps, lr):
    W = nn.Parameter(W.clone())
    optimizer = torch.optim.SGD([W], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (X - X @ W.T @ W).square().sum(dim=1).mean().backward()
        optimizer.step()
    return W.detach()


tied_facts = dict(any_W_orthonormal=False, trained_W_orthonormal=True)
tied_facts.update(rows_are_principal=False, gradient_is_a_sum=True)


# %% q10_sharing reject: tied weights are orthonormal by themselves, as the source says
def weight_count(kind, **s):
    if kind == "dense":
        return s["n_in"] * s["n_out"]
    if kind in ("conv", "local"):
        return s["c_in"] * s["c_out"] * s["k"] ** 2 * s.get("h_out", 1) * s.get("w_out", 1)
    if kind == "rnn":
        return s["n_in"] * s["n_hidden"] + s["n_hidden"] ** 2
    return s["d"] * s["k"] * (1 if s["tied"] else 2)


def train_tied(X, W, steps, lr):
    W = nn.Parameter(W.clone())
    optimizer = torch.optim.SGD([W], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (X - X @ W.T @ W).square().sum(dim=1).mean().backward()
        optimizer.step()
    return W.detach()


tied_facts = dict(any_W_orthonormal=True, trained_W_orthonormal=True)
tied_facts.update(rows_are_principal=True, gradient_is_a_sum=True)


# %% q10_sharing reject: the mean over all entries, and only the decoder is trained
def weight_count(kind, **s):
    if kind == "dense":
        return s["n_in"] * s["n_out"]
    if kind in ("conv", "local"):
        return s["c_in"] * s["c_out"] * s["k"] ** 2 * s.get("h_out", 1) * s.get("w_out", 1)
    if kind == "rnn":
        return s["n_in"] * s["n_hidden"]
    return s["d"] * s["k"]


def train_tied(X, W, steps, lr):
    W = nn.Parameter(W.clone())
    optimizer = torch.optim.SGD([W], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (X - X @ W.T.detach() @ W).square().mean().backward()
        optimizer.step()
    return W.detach()


tied_facts = dict(any_W_orthonormal=False, trained_W_orthonormal=False)
tied_facts.update(rows_are_principal=False, gradient_is_a_sum=False)


# %% q11_first_mismatch accept: ever longer beginnings of a copy of the network
noticed = dict.fromkeys(["input", "chain", "lazy_twice", "channels"], "forward") | {"lazy_once": "never"}


def first_mismatch(net, x_shape):
    for length in range(1, len(net) + 1):
        beginning = nn.Sequential(*copy.deepcopy(list(net)[:length]))
        try:
            with torch.no_grad():
                beginning(torch.zeros(*x_shape))
        except RuntimeError:
            return length - 1


# %% q11_first_mismatch reject: names the layer that made the wrong width, expects errors while building
noticed = dict.fromkeys(["input", "lazy_twice", "channels"], "forward") | {"lazy_once": "never", "chain": "construct"}


def first_mismatch(net, x_shape):
    x = torch.zeros(x_shape)
    for index, layer in enumerate(copy.deepcopy(net)):
        try:
            x = layer(x)
        except RuntimeError:
            return max(index - 1, 0)
    return None


# %% q11_first_mismatch reject: runs the caller's own layers
noticed = dict.fromkeys(["input", "chain", "lazy_twice", "channels"], "forward") | {"lazy_once": "never"}


def first_mismatch(net, x_shape):
    x = torch.zeros(x_shape)
    for index, layer in enumerate(net):
        try:
            x = layer(x)
        except RuntimeError:
            return index
    return None


# %% q11_first_mismatch reject: compares declared widths only
noticed = dict.fromkeys(["input", "chain", "channels"], "forward") | {"lazy_once": "never", "lazy_twice": "never"}


def first_mismatch(net, x_shape):
    width = x_shape[1]
    for index, layer in enumerate(net):
        if getattr(layer, "in_features", width) not in (0, width):
            return index
        width = getattr(layer, "out_features", width)
    return None


# %% q12_any_width accept: the adapter is made by a helper, parameters told by identity
class AnyWidth(nn.Module):
    def __init__(self, hidden, out):
        super().__init__()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))
        self.adapters = nn.ModuleDict({})
        self.told = []

    def adapter(self, width):
        if str(width) in self.adapters:
            return self.adapters[str(width)]
        new = nn.Linear(width, self.trunk[1].in_features)
        self.adapters.update({str(width): new})
        return new

    def forward(self, x):
        return self.trunk(self.adapter(x.size(-1))(x))

    def new_parameters(self):
        new = []
        for p in self.parameters():
            if not any(p is old for old in self.told):
                new.append(p)
        self.told = self.told + new
        return new


# %% q12_any_width reject: a new adapter on each call, as in the source
class AnyWidth(nn.Module):
    def __init__(self, hidden, out):
        super().__init__()
        self.hidden, self.listed = hidden, set()
        self.adapters = nn.ModuleDict()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))

    def forward(self, x):
        self.adapters[str(x.shape[1])] = nn.Linear(x.shape[1], self.hidden)
        return self.trunk(self.adapters[str(x.shape[1])](x))

    def new_parameters(self):
        new = [p for p in self.parameters() if id(p) not in self.listed]
        self.listed.update(map(id, new))
        return new


# %% q12_any_width reject: cuts every input to the first width seen
class AnyWidth(nn.Module):
    def __init__(self, hidden, out):
        super().__init__()
        self.hidden, self.listed = hidden, set()
        self.adapters = nn.ModuleDict()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))

    def forward(self, x):
        if not self.adapters:
            self.adapters[str(x.shape[1])] = nn.Linear(x.shape[1], self.hidden)
        (adapter,) = self.adapters.values()
        x = nn.functional.pad(x, (0, max(0, adapter.in_features - x.shape[1])))
        return self.trunk(adapter(x[:, : adapter.in_features]))

    def new_parameters(self):
        new = [p for p in self.parameters() if id(p) not in self.listed]
        self.listed.update(map(id, new))
        return new


# %% q12_any_width reject: lists all parameters each time
class AnyWidth(nn.Module):
    def __init__(self, hidden, out):
        super().__init__()
        self.hidden = hidden
        self.adapters = nn.ModuleDict()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))

    def forward(self, x):
        key = str(x.shape[1])
        if key not in self.adapters:
            self.adapters[key] = nn.Linear(x.shape[1], self.hidden)
        return self.trunk(self.adapters[key](x))

    def new_parameters(self):
        return list(self.parameters())


# %% q12_any_width reject: adapters that no gradient reaches
class AnyWidth(nn.Module):
    def __init__(self, hidden, out):
        super().__init__()
        self.hidden, self.listed = hidden, set()
        self.adapters = nn.ModuleDict()
        self.trunk = nn.Sequential(nn.ReLU(), nn.Linear(hidden, out))

    def forward(self, x):
        key = str(x.shape[1])
        if key not in self.adapters:
            self.adapters[key] = nn.Linear(x.shape[1], self.hidden)
        with torch.no_grad():
            h = self.adapters[key](x)
        return self.trunk(h)

    def new_parameters(self):
        new = [p for p in self.parameters() if id(p) not in self.listed]
        self.listed.update(map(id, new))
        return new


# %% q13_center accept: updates in place, centred by a matrix
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.register_parameter("beta", nn.Parameter(torch.zeros(num_features)))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.rate = momentum

    def forward(self, x):
        if not self.training:
            return x + (self.beta - self.running_mean)
        n = x.shape[0]
        with torch.no_grad():
            self.running_mean.mul_(1 - self.rate).add_(x.sum(dim=0) / n, alpha=self.rate)
        return x - torch.full((n, n), 1 / n, dtype=x.dtype) @ x + self.beta


# %% q13_center reject: no parameter, one mean over everything, as in the source
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, x):
        return x - x.mean()


# %% q13_center reject: one mean over everything
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, x):
        mean = self.running_mean
        if self.training:
            mean = x.mean().expand(x.shape[1])
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.detach()
        return x - mean + self.beta


# %% q13_center reject: the batch mean in evaluation, too
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, x):
        mean = x.mean(dim=0)
        if self.training:
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.detach()
        return x - mean + self.beta


# %% q13_center reject: the running mean keeps its graph, momentum the other way round
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, x):
        mean = self.running_mean
        if self.training:
            mean = x.mean(dim=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        return x - mean + self.beta


# %% q13_center reject: beta is a plain tensor
class Center(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("beta", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, x):
        mean = self.running_mean
        if self.training:
            mean = x.mean(dim=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean.detach()
        return x - mean + self.beta


# %% q14_reduction accept: outer products times a matrix
class TensorReduction(nn.Module):
    def __init__(self, d, K):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d, d, K).normal_(std=1 / d))

    def forward(self, x):
        outer = x.unsqueeze(-1) * x.unsqueeze(-2)
        return outer.flatten(-2) @ self.weight.flatten(0, 1)


def free_numbers(d, K):
    return K * sum(1 for i in range(d) for j in range(i + 1))


# %% q14_reduction reject: takes the weight as (i, k, j)
class TensorReduction(nn.Module):
    def __init__(self, d, K):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d, K) / d)

    def forward(self, x):
        weight = self.weight.reshape(self.weight.shape[0], self.weight.shape[2], self.weight.shape[1])
        return torch.einsum("...i,ikj,...j->...k", x, weight, x)


def free_numbers(d, K):
    return K * d * (d + 1) // 2


# %% q14_reduction reject: linear in x
class TensorReduction(nn.Module):
    def __init__(self, d, K):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d, K) / d)

    def forward(self, x):
        return torch.einsum("...i,ijk->...k", x, self.weight)


def free_numbers(d, K):
    return K * d * (d + 1) // 2


# %% q14_reduction reject: one vector only, a wide start, and every weight counted
class TensorReduction(nn.Module):
    def __init__(self, d, K):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, d, K))

    def forward(self, x):
        x = x.reshape(-1, x.shape[-1])
        return torch.einsum("bi,ijk,cj->k", x, self.weight, x).expand(x.shape[0], -1)


def free_numbers(d, K):
    return K * d * d


# %% q15_fourier accept: a matrix of exponentials
class HalfFourier(nn.Module):
    def forward(self, x):
        n = x.shape[-1]
        t = torch.arange(n, dtype=torch.float64)
        angle = -2 * math.pi / n * torch.outer(t, t[: n // 2 + 1])
        matrix = torch.polar(torch.ones_like(angle), angle)
        out = x.double().to(torch.complex128) @ matrix
        return out.to(torch.complex64 if x.dtype == torch.float32 else torch.complex128)


class InverseHalfFourier(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, z):
        missing = z[..., 1 : (self.n + 1) // 2].conj().flip(-1)
        return torch.fft.ifft(torch.cat([z, missing], dim=-1)).real


fourier_facts = dict.fromkeys(["strict_half_even", "sizes_determine", "length_is_told"], False)
fourier_facts["strict_half_odd"] = True


# %% q15_fourier reject: a learned matrix, as in the source
class HalfFourier(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(64, 33, dtype=torch.complex64))

    def forward(self, x):
        n = x.shape[-1]
        return x.to(torch.complex64) @ self.weight[:n, : n // 2 + 1]


class InverseHalfFourier(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, z):
        return torch.fft.irfft(z, n=self.n)


fourier_facts = dict.fromkeys(["strict_half_even", "sizes_determine", "length_is_told"], False)
fourier_facts["strict_half_odd"] = True


# %% q15_fourier reject: the strict half, which loses a coefficient for even lengths
class HalfFourier(nn.Module):
    def forward(self, x):
        return torch.fft.fft(x)[..., : (x.shape[-1] + 1) // 2]


class InverseHalfFourier(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, z):
        return torch.fft.irfft(z, n=self.n)


fourier_facts = dict.fromkeys(["sizes_determine", "length_is_told"], False)
fourier_facts |= {"strict_half_odd": True, "strict_half_even": True}


# %% q15_fourier reject: guesses an even length
class HalfFourier(nn.Module):
    def forward(self, x):
        return torch.fft.rfft(x)


class InverseHalfFourier(nn.Module):
    def __init__(self, n):
        super().__init__()

    def forward(self, z):
        return torch.fft.irfft(z)


fourier_facts = dict.fromkeys(["strict_half_even", "sizes_determine"], False)
fourier_facts |= {"strict_half_odd": True, "length_is_told": True}


# %% q15_fourier reject: sizes only, rescaled
class HalfFourier(nn.Module):
    def forward(self, x):
        return torch.fft.rfft(x, norm="ortho").abs().to(torch.complex64)


class InverseHalfFourier(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, z):
        return torch.fft.irfft(z, n=self.n, norm="ortho")


fourier_facts = dict.fromkeys(["strict_half_even", "length_is_told"], False)
fourier_facts |= {"strict_half_odd": True, "sizes_determine": True}


# %% q16_checkpoint accept: a list of bytes-like parts, copied by hand
def save_checkpoint(path, net, optimizer, step):
    numbers = {name: value.detach().clone() for name, value in net.state_dict().items()}
    torch.save([int(step), torch.random.get_rng_state(), numbers, optimizer.state_dict()], path)


def load_checkpoint(path, net, optimizer):
    step, generator, numbers, memory = torch.load(path, weights_only=True)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            value.copy_(numbers[name])
    optimizer.load_state_dict(memory)
    torch.random.set_rng_state(generator)
    return step


resume_facts = {"adam_from_parameters": False, "best_is_kept": False}
resume_facts |= {"sgd_from_parameters": True, "average_loads": True}


# %% q16_checkpoint reject: saves the network alone
def save_checkpoint(path, net, optimizer, step):
    torch.save({"net": net.state_dict(), "step": step}, path)


def load_checkpoint(path, net, optimizer):
    state = torch.load(path)
    net.load_state_dict(state["net"])
    return state["step"]


resume_facts = {"adam_from_parameters": True, "best_is_kept": False}
resume_facts |= {"sgd_from_parameters": True, "average_loads": True}


# %% q16_checkpoint reject: forgets the generator, believes that a state dictionary is a copy
def save_checkpoint(path, net, optimizer, step):
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, path)


def load_checkpoint(path, net, optimizer):
    state = torch.load(path)
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]


resume_facts = {"adam_from_parameters": False, "best_is_kept": True}
resume_facts |= {"sgd_from_parameters": True, "average_loads": True}


# %% q16_checkpoint reject: pickles whole objects
def save_checkpoint(path, net, optimizer, step):
    torch.save({"net": net, "optimizer": optimizer, "step": step, "generator": torch.get_rng_state()}, path)


def load_checkpoint(path, net, optimizer):
    state = torch.load(path, weights_only=False)
    net.load_state_dict(state["net"].state_dict())
    optimizer.load_state_dict(state["optimizer"].state_dict())
    torch.set_rng_state(state["generator"])
    return state["step"]


resume_facts = {"adam_from_parameters": False, "best_is_kept": False}
resume_facts |= {"sgd_from_parameters": True, "average_loads": True}


# %% q16_checkpoint reject: puts new parameter objects into the network
def save_checkpoint(path, net, optimizer, step):
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save({**state, "generator": torch.get_rng_state()}, path)


def load_checkpoint(path, net, optimizer):
    state = torch.load(path)
    net.load_state_dict(state["net"], assign=True)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["generator"])
    return state["step"]


resume_facts = {"adam_from_parameters": False, "best_is_kept": False}
resume_facts |= {"sgd_from_parameters": True, "average_loads": False}


# %% q17_transplant accept: layers appended one by one, copies remembered by identity
def transplant(old, k, head, independent=True, freeze=False):
    net, copies = nn.Sequential(), {}
    for position, layer in zip(range(k), old):
        if independent:
            layer = copies.setdefault(id(layer), copy.deepcopy(layer))
        net.append(layer)
        for p in layer.parameters():
            p.requires_grad = p.requires_grad and not freeze
    return net.append(head)


# %% q17_transplant reject: counts only layers with parameters
def transplant(old, k, head, independent=True, freeze=False):
    layers, count = [], 0
    for layer in copy.deepcopy(old) if independent else old:
        if count == k:
            break
        layers.append(layer)
        count += any(True for _ in layer.parameters())
    if freeze:
        for layer in layers:
            layer.requires_grad_(False)
    return nn.Sequential(*layers, head)


# %% q17_transplant reject: distinct children only
def transplant(old, k, head, independent=True, freeze=False):
    body = nn.Sequential(*list(old.children())[:k])
    if independent:
        body = copy.deepcopy(body)
    if freeze:
        body.requires_grad_(False)
    return nn.Sequential(*body, head)


# %% q17_transplant reject: freezes by cutting the graph
class Cut(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        with torch.no_grad():
            return self.layer(x)


def transplant(old, k, head, independent=True, freeze=False):
    body = list(copy.deepcopy(old[:k]) if independent else old[:k])
    if freeze:
        body = [Cut(layer) for layer in body]
    return nn.Sequential(*body, head)


# %% q17_transplant reject: always shared, and freezes the old network
def transplant(old, k, head, independent=True, freeze=False):
    body = old[:k]
    if freeze:
        body.requires_grad_(False)
    return nn.Sequential(*body, head)


# %% q17_transplant reject: copies layer by layer, so tied layers come apart
def transplant(old, k, head, independent=True, freeze=False):
    body = [copy.deepcopy(layer) if independent else layer for layer in old[:k]]
    if freeze:
        for layer in body:
            layer.requires_grad_(False)
    return nn.Sequential(*body, head)


# %% q18_save_model accept: the specification as JSON text, a table of classes, tensors put in one by one
KINDS = {name: vars(nn)[name] for name in ALLOWED}


def build(spec):
    unknown = [entry[0] for entry in spec if entry[0] not in KINDS]
    if unknown:
        raise ValueError(f"not allowed: {unknown}")
    net = nn.Sequential()
    for entry in spec:
        net.append(KINDS[entry[0]](*entry[1:]))
    return net


def save_model(path, spec, net):
    build(spec)
    names, tensors = zip(*net.state_dict().items()) if net.state_dict() else ((), ())
    torch.save([json.dumps(spec), list(names), [t.clone() for t in tensors]], path)


def load_model(path):
    text, names, tensors = torch.load(path, weights_only=True)
    net = build(json.loads(text))
    for name, tensor in zip(names, tensors):
        owner, _, last = name.rpartition(".")
        layer = net.get_submodule(owner)
        setattr(layer, last, nn.Parameter(tensor) if last in layer._parameters else tensor)
    return net


file_facts = dict.fromkeys(["lambda_is_saved", "module_is_loaded", "branch_is_traced"], False)
file_facts["fits_another_activation"] = True


# %% q18_save_model reject: pickles the module
def build(spec):
    for name, *_ in spec:
        if name not in ALLOWED:
            raise ValueError(name)
    return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in spec))


def save_model(path, spec, net):
    build(spec)
    torch.save(net, path)


def load_model(path):
    return torch.load(path, weights_only=False)


file_facts = dict.fromkeys(["lambda_is_saved", "branch_is_traced"], False)
file_facts |= {"module_is_loaded": True, "fits_another_activation": True}


# %% q18_save_model reject: parameters only, the class written again by the loader, as in the source
def build(spec):
    for name, *_ in spec:
        if name not in ALLOWED:
            raise ValueError(name)
    return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in spec))


def save_model(path, spec, net):
    build(spec)
    torch.save(net.state_dict(), path)


def load_model(path):
    net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
    net.load_state_dict(torch.load(path))
    return net


file_facts = dict.fromkeys(["lambda_is_saved", "module_is_loaded", "branch_is_traced"], False)
file_facts["fits_another_activation"] = False


# %% q18_save_model reject: evaluates text from the file
def build(spec):
    layers = [eval(f"nn.{name}")(*arguments) for name, *arguments in spec]
    return nn.Sequential(*layers)


def save_model(path, spec, net):
    torch.save({"spec": spec, "state": net.state_dict()}, path)


def load_model(path):
    saved = torch.load(path)
    net = build(saved["spec"])
    net.load_state_dict(saved["state"], assign=True)
    return net


file_facts = dict.fromkeys(["lambda_is_saved", "module_is_loaded", "branch_is_traced"], False)
file_facts["fits_another_activation"] = True


# %% q18_save_model reject: loses dtypes and buffers
def build(spec):
    for name, *_ in spec:
        if name not in ALLOWED:
            raise ValueError(name)
    return nn.Sequential(*(getattr(nn, name)(*arguments) for name, *arguments in spec))


def save_model(path, spec, net):
    build(spec)
    torch.save({"spec": spec, "state": [p.detach() for p in net.parameters()]}, path)


def load_model(path):
    saved = torch.load(path)
    net = build(saved["spec"])
    with torch.no_grad():
        for p, value in zip(net.parameters(), saved["state"]):
            p.copy_(value)
    return net


file_facts = dict.fromkeys(["module_is_loaded", "branch_is_traced"], False)
file_facts |= {"lambda_is_saved": True, "fits_another_activation": True}


# %% q19_benchmark accept: two readings kept apart, one helper for the product
def bench_matmul(n, device, repeats, dtype=torch.float32):
    on_gpu = torch.device(device).type == "cuda"
    a = torch.randn(n, n, dtype=dtype).to(device)
    b = torch.randn(n, n, dtype=dtype).to(device)

    def once():
        if on_gpu:
            torch.cuda.synchronize(device)
        begin = time.perf_counter()
        torch.mm(a, b)
        if on_gpu:
            torch.cuda.synchronize(device)
        end = time.perf_counter()
        return end - begin

    once()
    times = sorted(once() for _ in range(repeats))
    return (times[(repeats - 1) // 2] + times[repeats // 2]) / 2


def gflops(n, seconds):
    return (n * n) * (n + n) * 1e-9 / seconds


def fastest(n, devices):
    best = None
    for name, (overhead_s, flop_per_s) in devices.items():
        wall_s = overhead_s + (n * n * 2 * n) / flop_per_s
        if best is None or wall_s < best[0]:
            best = (wall_s, name)
    return best[1]


# %% q19_benchmark reject: times the CPU whatever the device, as the source does
def bench_matmul(n, device, repeats, dtype=torch.float32):
    a, b = (torch.randn(n, n, dtype=dtype) for _ in range(2))
    c, d = a.to(device), b.to(device)
    walls_s = []
    for _ in range(repeats + 1):
        start_s = time.perf_counter()
        a @ b
        walls_s.append(time.perf_counter() - start_s)
    return float(np.median(walls_s[1:]))


def gflops(n, seconds):
    return 2 * n**3 / seconds / 1e9


def fastest(n, devices):
    return min(devices, key=lambda name: devices[name][0] + 2 * n**3 / devices[name][1])


# %% q19_benchmark reject: does not wait for the device
def bench_matmul(n, device, repeats, dtype=torch.float32):
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    a @ b
    walls_s = []
    for _ in range(repeats):
        start_s = time.perf_counter()
        a @ b
        walls_s.append(time.perf_counter() - start_s)
    return float(np.median(walls_s))


def gflops(n, seconds):
    return 2 * n**3 / seconds / 1e9


def fastest(n, devices):
    return min(devices, key=lambda name: devices[name][0] + 2 * n**3 / devices[name][1])


# %% q19_benchmark reject: times the making of the matrices, counts n cubed
def bench_matmul(n, device, repeats, dtype=torch.float32):
    walls_s = []
    for _ in range(repeats + 1):
        start_s = time.perf_counter()
        a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
        a @ b
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
        walls_s.append(time.perf_counter() - start_s)
    return float(np.median(walls_s[1:]))


def gflops(n, seconds):
    return n**3 / seconds / 1e9


def fastest(n, devices):
    return max(devices, key=lambda name: devices[name][1])


# %% q19_benchmark reject: counts the first product, takes the mean
def bench_matmul(n, device, repeats, dtype=torch.float32):
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    start_s = time.perf_counter()
    for _ in range(repeats):
        a @ b
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
    return (time.perf_counter() - start_s) / repeats


def gflops(n, seconds):
    return 2 * n**3 / seconds / 1e9


def fastest(n, devices):
    return min(devices, key=lambda name: 2 * n**3 / devices[name][1])


# %% q19_benchmark reject: waits for the default device, whichever was asked for
def bench_matmul(n, device, repeats, dtype=torch.float32):
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    walls_s = []
    for _ in range(repeats + 1):
        start_s = time.perf_counter()
        a @ b
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize()
        walls_s.append(time.perf_counter() - start_s)
    return float(np.median(walls_s[1:]))


def gflops(n, seconds):
    return 2 * n**3 / seconds / 1e9


def fastest(n, devices):
    return min(devices, key=lambda name: devices[name][0] + 2 * n**3 / devices[name][1])


# %% q19_benchmark equivalent: both matrices are drawn alike, so which of them comes first makes no difference
# swapped-operands-2fab08


# %% q20_portable accept: named tensors collected by hand, loaded on the CPU first
def save_portable(net, path):
    numbers = dict(net.named_parameters(remove_duplicate=False)) | dict(net.named_buffers(remove_duplicate=False))
    torch.save({name: tensor.detach().to("cpu") for name, tensor in numbers.items()}, path)


def load_to(net, path, device):
    numbers = torch.load(path, map_location="cpu", weights_only=True)
    net = net.to(device)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            tensor.copy_(numbers[name])
    return net


# %% q20_portable reject: moves the network to the CPU
def save_portable(net, path):
    torch.save(net.cpu().state_dict(), path)


def load_to(net, path, device):
    net.to(device)
    net.load_state_dict(torch.load(path, map_location=device))
    return net


# %% q20_portable reject: leaves the tensors on their device, loads without map_location
def save_portable(net, path):
    torch.save(net.state_dict(), path)


def load_to(net, path, device):
    net.load_state_dict(torch.load(path))
    return net.to(device)


# %% q20_portable reject: loads without map_location
def save_portable(net, path):
    torch.save({name: value.cpu() for name, value in net.state_dict().items()}, path)


def load_to(net, path, device):
    net.to(device)
    net.load_state_dict(torch.load(path))
    return net


# %% q20_portable reject: a list of parameters, without names and buffers
def save_portable(net, path):
    torch.save([p.detach().cpu() for p in net.parameters()], path)


def load_to(net, path, device):
    net.to(device)
    with torch.no_grad():
        for p, value in zip(net.parameters(), torch.load(path, map_location=device)):
            p.copy_(value)
    return net


# %% q20_portable reject: forgets to move the network
def save_portable(net, path):
    torch.save({name: value.cpu() for name, value in net.state_dict().items()}, path)


def load_to(net, path, device):
    net.load_state_dict(torch.load(path, map_location="cpu"))
    return net


# %% q21_logging accept: a preallocated tensor, norms
def log_each(mats):
    values = []
    for i in range(len(mats)):
        values.append(float((mats[i] * mats[i]).sum()))
    return values


def log_once(mats):
    values = torch.empty(mats.shape[0], dtype=mats.dtype, device=mats.device)
    for i, M in enumerate(mats):
        values[i] = torch.linalg.matrix_norm(M) ** 2
    return values.to("cpu")


def trace_moments(rows, cols):
    squares = rows * cols
    return 1.0 * squares, (2.0 * squares) ** 0.5


# %% q21_logging reject: writes every value to one place, as in the source
def log_each(mats):
    return [M.square().sum().item() for M in mats]


def log_once(mats):
    values, i = torch.zeros(len(mats), dtype=mats.dtype, device=mats.device), len(mats) - 1
    for j in range(len(mats)):
        values[i] = mats[j].square().sum()
    return values.cpu()


def trace_moments(rows, cols):
    return float(rows * cols), math.sqrt(2 * rows * cols)


# %% q21_logging reject: the trace of M times M, the variance for the standard deviation
def log_each(mats):
    return [torch.trace(M @ M).item() for M in mats]


def log_once(mats):
    return torch.stack([torch.trace(M @ M) for M in mats]).cpu()


def trace_moments(rows, cols):
    return float(rows * cols), float(2 * rows * cols)


# %% q21_logging reject: square roots, collected on the CPU
def log_each(mats):
    return [M.norm().item() for M in mats]


def log_once(mats):
    return torch.tensor([M.norm().item() for M in mats], dtype=mats.dtype)


def trace_moments(rows, cols):
    return math.sqrt(rows * cols), math.sqrt(2 * rows * cols)


# %% q21_logging reject: brings over all matrices
def log_each(mats):
    return log_once(mats).tolist()


def log_once(mats):
    return mats.cpu().square().sum(dim=(1, 2))


def trace_moments(rows, cols):
    return float(rows * cols), math.sqrt(2 * rows)


# %% q22_two_devices accept: jobs sorted by device, a counter of seconds
def matmul_on(pairs, devices):
    homes = [torch.device(devices[i % len(devices)]) for i in range(len(pairs))]
    left = [a.to(home) for (a, _), home in zip(pairs, homes)]
    right = [b.to(home) for (_, b), home in zip(pairs, homes)]
    products = list(map(torch.mm, left, right))
    for name in sorted(name for name in {*devices} if name.startswith("cuda")):
        torch.cuda.synchronize(torch.device(name))
    return products


def makespan(costs_s, assignment, waits=False):
    groups = [assignment] if waits else [[device] for device in set(assignment)]
    return max(float(sum(c for c, d in zip(costs_s, assignment) if d in group)) for group in groups)


claimed_tflops = 30.47
clock_read_too_early = True


# %% q22_two_devices reject: waits after each start
def matmul_on(pairs, devices):
    products = []
    for i, (a, b) in enumerate(pairs):
        device = devices[i % len(devices)]
        products.append(a.to(device) @ b.to(device))
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize(device)
    return products


def makespan(costs_s, assignment, waits=False):
    return float(sum(costs_s))


claimed_tflops = 30.47
clock_read_too_early = True


# %% q22_two_devices reject: never waits, as in the source, and believes the number
def matmul_on(pairs, devices):
    placed = [(a.to(device), b.to(device)) for (a, b), device in zip(pairs, itertools.cycle(devices))]
    return [a @ b for a, b in placed]


def makespan(costs_s, assignment, waits=False):
    busy_s = {device: 0.0 for device in assignment}
    for cost_s, device in zip(costs_s, assignment):
        busy_s[device] += cost_s
    return float(sum(costs_s)) if waits else max(busy_s.values())


claimed_tflops = 30.47
clock_read_too_early = False


# %% q22_two_devices reject: one batched product on the first device, as in the source
def matmul_on(pairs, devices):
    left = torch.stack([a.to(devices[0]) for a, _ in pairs])
    right = torch.stack([b.to(devices[0]) for _, b in pairs])
    products = left @ right
    if torch.device(devices[0]).type == "cuda":
        torch.cuda.synchronize(devices[0])
    return list(products)


def makespan(costs_s, assignment, waits=False):
    return float(sum(costs_s)) if waits else float(max(costs_s))


claimed_tflops = 15.24
clock_read_too_early = True
