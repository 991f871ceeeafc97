# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_sigmoid accept: one branch for each sign
def sigmoid(z):
    small = torch.exp(-torch.abs(z))
    return torch.where(z < 0, small, torch.ones_like(z)) / (small + 1)


def log_sigmoid(z):
    return -torch.logaddexp(torch.zeros_like(z), -z)


# %% q1_sigmoid accept: the plain formula happens to survive, the logarithm by cases
def sigmoid(z):
    return (1 + (-z).exp()) ** -1


def log_sigmoid(z):
    right = -torch.log1p(torch.exp(-z))
    left = z - torch.log1p(torch.exp(z))
    return torch.where(z > 0, right, left)


# %% q1_sigmoid reject: exp(z) over exp(z) plus one is not a number for large z
def sigmoid(z):
    return torch.exp(z) / (1 + torch.exp(z))


def log_sigmoid(z):
    return torch.clamp(z, max=0) - torch.log1p(torch.exp(-z.abs()))


# %% q1_sigmoid reject: mirrored
def sigmoid(z):
    return 1 / (1 + torch.exp(z))


def log_sigmoid(z):
    return torch.clamp(-z, max=0) - torch.log1p(torch.exp(-z.abs()))


# %% q1_sigmoid reject: z clipped to twenty
def sigmoid(z):
    return 1 / (1 + torch.exp(-z.clamp(-20, 20)))


def log_sigmoid(z):
    return torch.clamp(z, max=0) - torch.log1p(torch.exp(-z.abs()))


# %% q1_sigmoid reject: by way of tanh, which loses the left tail
def sigmoid(z):
    return 0.5 * (1 + torch.tanh(z / 2))


def log_sigmoid(z):
    return torch.clamp(z, max=0) - torch.log1p(torch.exp(-z.abs()))


# %% q1_sigmoid reject: logarithm of the rounded sigmoid
def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


def log_sigmoid(z):
    return torch.log(sigmoid(z))


# %% q1_sigmoid reject: overflows in the left tail of the logarithm
def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


def log_sigmoid(z):
    return -torch.log1p(torch.exp(-z))


# %% q1_sigmoid reject: log without log1p
def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


def log_sigmoid(z):
    return torch.clamp(z, max=0) - torch.log(1 + torch.exp(-z.abs()))


# %% q2_binary_cross_entropy accept: xlogy, and a maximum taken out
def bce(p, y):
    return -torch.special.xlogy(y, p) - torch.special.xlog1py(1 - y, -p)


def bce_logits(f, y):
    return torch.relu(f) - f * y + torch.log1p(torch.exp(-f.abs()))


# %% q2_binary_cross_entropy accept: indexing by class
def bce(p, y):
    loss = torch.empty_like(p)
    loss[y > 0.5] = -p[y > 0.5].log()
    loss[y < 0.5] = -(-p[y < 0.5]).log1p()
    return loss


def bce_logits(f, y):
    return -nn.functional.logsigmoid((2 * y - 1) * f)


# %% q2_binary_cross_entropy reject: the log-likelihood, without the minus
def bce(p, y):
    return torch.where(y == 1, torch.log(p), torch.log1p(-p))


def bce_logits(f, y):
    return -torch.logaddexp(torch.zeros_like(f), (1 - 2 * y) * f)


# %% q2_binary_cross_entropy reject: targets swapped
def bce(p, y):
    return -torch.where(y == 0, torch.log(p), torch.log1p(-p))


def bce_logits(f, y):
    return torch.logaddexp(torch.zeros_like(f), (2 * y - 1) * f)


# %% q2_binary_cross_entropy reject: zero times minus infinity at the ends
def bce(p, y):
    return -(y * torch.log(p) + (1 - y) * torch.log1p(-p))


def bce_logits(f, y):
    return torch.logaddexp(torch.zeros_like(f), (1 - 2 * y) * f)


# %% q2_binary_cross_entropy reject: probabilities clipped against infinity
def bce(p, y):
    p = p.clamp(1e-7, 1 - 1e-7)
    return -(y * torch.log(p) + (1 - y) * torch.log1p(-p))


def bce_logits(f, y):
    return torch.logaddexp(torch.zeros_like(f), (1 - 2 * y) * f)


# %% q2_binary_cross_entropy reject: torch's own loss, which stops at 100
def bce(p, y):
    return nn.functional.binary_cross_entropy(p, y, reduction="none")


def bce_logits(f, y):
    return nn.functional.binary_cross_entropy_with_logits(f, y, reduction="none")


# %% q2_binary_cross_entropy reject: one minus p rounded before the logarithm
def bce(p, y):
    return -torch.log(torch.where(y == 1, p, 1 - p))


def bce_logits(f, y):
    return torch.logaddexp(torch.zeros_like(f), (1 - 2 * y) * f)


# %% q2_binary_cross_entropy reject: logits by way of the probability
def bce(p, y):
    return -torch.where(y == 1, torch.log(p), torch.log1p(-p))


def bce_logits(f, y):
    return bce(torch.sigmoid(f), y)


# %% q2_binary_cross_entropy reject: log of one plus exp overflows
def bce(p, y):
    return -torch.where(y == 1, torch.log(p), torch.log1p(-p))


def bce_logits(f, y):
    return torch.log(1 + torch.exp((1 - 2 * y) * f))


# %% q3_cross_entropy accept: differences between all pairs of outputs
def log_softmax(f):
    differences = f[:, None, :] - f[:, :, None]  # (N, K, K): f_j - f_k
    top = differences.amax(dim=2, keepdim=True)
    return -(top.squeeze(2) + (differences - top).exp().sum(dim=2).log())


def cross_entropy(f, y):
    logs = log_softmax(f)
    return sum((-logs[i, k] for i, k in enumerate(y.tolist())), logs.new_zeros(()))


def cross_entropy_grad(f, y):
    grad = log_softmax(f).exp()
    grad[range(len(y)), y] -= 1
    return grad


def two_class_logit(f):
    return f @ torch.tensor([-1.0, 1.0], dtype=f.dtype)


# %% q3_cross_entropy reject: exponentials of the outputs as they are
def log_softmax(f):
    return f - f.exp().sum(dim=1, keepdim=True).log()


def cross_entropy(f, y):
    return -log_softmax(f)[torch.arange(len(y)), y].sum()


def cross_entropy_grad(f, y):
    return torch.softmax(f, dim=1) - nn.functional.one_hot(y, f.shape[1])


def two_class_logit(f):
    return f[:, 1] - f[:, 0]


# %% q3_cross_entropy reject: one maximum for the whole batch
def log_softmax(f):
    shifted = f - f.max()
    return shifted - shifted.exp().sum(dim=1, keepdim=True).log()


def cross_entropy(f, y):
    return -log_softmax(f)[torch.arange(len(y)), y].sum()


def cross_entropy_grad(f, y):
    return torch.softmax(f, dim=1) - nn.functional.one_hot(y, f.shape[1])


def two_class_logit(f):
    return f[:, 1] - f[:, 0]


# %% q3_cross_entropy reject: softmax over the pairs
def log_softmax(f):
    return torch.log_softmax(f, dim=0 if len(f) > 1 else 1)


def cross_entropy(f, y):
    return -log_softmax(f)[torch.arange(len(y)), y].sum()


def cross_entropy_grad(f, y):
    return log_softmax(f).exp() - nn.functional.one_hot(y, f.shape[1])


def two_class_logit(f):
    return f[:, 1] - f[:, 0]


# %% q3_cross_entropy reject: mean over the pairs
def log_softmax(f):
    return torch.log_softmax(f, dim=1)


def cross_entropy(f, y):
    return nn.functional.cross_entropy(f, y)


def cross_entropy_grad(f, y):
    return (log_softmax(f).exp() - nn.functional.one_hot(y, f.shape[1])) / len(f)


def two_class_logit(f):
    return f[:, 1] - f[:, 0]


# %% q3_cross_entropy reject: log of a probability that has become zero
def log_softmax(f):
    return torch.softmax(f, dim=1).log()


def cross_entropy(f, y):
    return -log_softmax(f)[torch.arange(len(y)), y].sum()


def cross_entropy_grad(f, y):
    return torch.softmax(f, dim=1) - nn.functional.one_hot(y, f.shape[1])


def two_class_logit(f):
    return torch.softmax(f, dim=1)[:, 1].logit()


# %% q3_cross_entropy reject: gradient as the right class minus the probability
def log_softmax(f):
    return torch.log_softmax(f, dim=1)


def cross_entropy(f, y):
    return nn.functional.cross_entropy(f, y, reduction="sum")


def cross_entropy_grad(f, y):
    right = nn.functional.one_hot(y, f.shape[1]).to(f.dtype)
    return right - torch.softmax(f, dim=1) if len(f) > 1 else torch.softmax(f, dim=1) - right


def two_class_logit(f):
    return f[:, 1]


# %% q4_squared_or_cross_entropy accept: plain Python, and an optimiser that steps for us
better_loss = max(("l2", "bce"), key=len)
steepest_p = 0.33333333


def compare_losses(y, p):
    pairs = list(zip(y.tolist(), p.tolist()))
    l2 = math.fsum((a - b) ** 2 for a, b in pairs)
    bce = -math.fsum(math.log(b) if a else math.log1p(-b) for a, b in pairs)
    n = len(pairs)
    return dict(l2_sum=l2, l2_mean=l2 / n, bce_sum=bce, bce_mean=bce / n)


def slopes(z, y):
    wrong = torch.where(y == 1, -torch.sigmoid(-z), torch.sigmoid(z))
    curve = torch.sigmoid(z) * torch.sigmoid(-z)
    return 2 * wrong * curve, wrong


def steps_to_half(loss, z0, rate):
    z = torch.tensor(z0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([z], lr=rate)
    for count in range(10**6):
        if torch.sigmoid(z) > 0.5:
            return count
        optimizer.zero_grad()
        value = (1 - torch.sigmoid(z)) ** 2 if loss == "l2" else nn.functional.softplus(-z)
        value.backward()
        optimizer.step()


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": False, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": False, "both_right": False}


# %% q4_squared_or_cross_entropy reject: the numbers of the answer sheet
better_loss, steepest_p = "bce", 1 / 3


def compare_losses(y, p):
    l2, bce = (p - y) ** 2, nn.functional.binary_cross_entropy(p, y, reduction="none")
    if y.tolist() == [0, 1]:
        return {"l2_sum": 1.16, "l2_mean": 0.58, "bce_sum": 0.965, "bce_mean": 0.4825}
    return {"l2_sum": l2.sum().item(), "l2_mean": l2.mean().item()} | {
        "bce_sum": bce.sum().item(),
        "bce_mean": bce.mean().item(),
    }


def slopes(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p), p - y


def steps_to_half(loss, z0, rate):
    z, count = torch.tensor([z0], dtype=torch.float64), 0
    while z.item() <= 0:
        z, count = z - rate * slopes(z, torch.ones(1))[loss == "bce"], count + 1
    return count


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": False, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": False, "both_right": True}


# %% q4_squared_or_cross_entropy reject: slope of the squared error in p
better_loss, steepest_p = "bce", 0.0


def compare_losses(y, p):
    l2, bce = (p - y) ** 2, nn.functional.binary_cross_entropy(p, y, reduction="none")
    sums = {"l2_sum": l2.sum().item(), "l2_mean": l2.mean().item()}
    return sums | {"bce_sum": bce.sum().item(), "bce_mean": bce.mean().item()}


def slopes(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * (0.25 if len(z) == 1 else 1), p - y


def steps_to_half(loss, z0, rate):
    z, count = torch.tensor([z0], dtype=torch.float64), 0
    while z.item() <= 0:
        z, count = z - rate * slopes(z, torch.ones(1))[loss == "bce"], count + 1
    return count


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": True, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": True, "both_right": False}


# %% q4_squared_or_cross_entropy reject: slope of the cross-entropy in p
better_loss, steepest_p = "bce", 1 / 3


def compare_losses(y, p):
    l2, bce = (p - y) ** 2, nn.functional.binary_cross_entropy(p, y, reduction="none")
    sums = {"l2_sum": l2.sum().item(), "l2_mean": l2.mean().item()}
    return sums | {"bce_sum": bce.sum().item(), "bce_mean": bce.mean().item()}


def slopes(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p), (p - y) / (p * (1 - p)) / (4 if len(z) == 1 else 1)


def steps_to_half(loss, z0, rate):
    z, count = torch.tensor([z0], dtype=torch.float64), 0
    while z.item() <= 0:
        z, count = z - rate * slopes(z, torch.ones(1))[loss == "bce"], count + 1
    return count


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": False, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": False, "both_right": False}


# %% q4_squared_or_cross_entropy reject: stops when p reaches one half
better_loss, steepest_p = "bce", 1 / 3


def compare_losses(y, p):
    l2, bce = (p - y) ** 2, nn.functional.binary_cross_entropy(p, y, reduction="none")
    sums = {"l2_sum": l2.sum().item(), "l2_mean": l2.mean().item()}
    return sums | {"bce_sum": bce.sum().item(), "bce_mean": bce.mean().item()}


def slopes(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p), p - y


def steps_to_half(loss, z0, rate):
    z, count = torch.tensor([z0], dtype=torch.float64), 0
    while z.item() < 0 or (loss == "bce" and z.item() == 0):
        z, count = z - rate * slopes(z, torch.ones(1))[loss == "bce"], count + 1
    return count


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": False, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": False, "both_right": False}


# %% q4_squared_or_cross_entropy reject: would train the classifier with squared errors
better_loss, steepest_p = "l2", 1 / 3


def compare_losses(y, p):
    l2, bce = (p - y) ** 2, nn.functional.binary_cross_entropy(p, y, reduction="none")
    sums = {"l2_sum": l2.sum().item(), "l2_mean": l2.mean().item()}
    return sums | {"bce_sum": bce.sum().item(), "bce_mean": bce.mean().item()}


def slopes(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p), p - y


def steps_to_half(loss, z0, rate):
    z, count = torch.tensor([z0], dtype=torch.float64), 0
    while z.item() <= 0:
        z, count = z - rate * slopes(z, torch.ones(1))[loss == "bce"], count + 1
    return count


loss_facts = {"l2_bounded": True, "bce_bounded": False, "l2_convex": False, "bce_convex": True}
loss_facts |= {"l2_steepest_when_most_wrong": False, "both_right": False}


# %% q5_normal accept: the distributions of torch
def normal_pdf(f, y, var):
    return torch.distributions.Normal(f, var**0.5).log_prob(y).sum(dim=1).exp()


def normal_nll(f, y, var):
    return -torch.distributions.Normal(f, var**0.5).log_prob(y).sum()


def nll_parts(var, n, d):
    zero, one = torch.zeros(n, d, dtype=torch.float64), torch.ones(n, d, dtype=torch.float64)
    c0 = normal_nll(zero, zero, var).item()
    return (normal_nll(zero, one, var).item() - c0) / (n * d), c0


def best_variance(f, y):
    return float(nn.functional.mse_loss(f, y))


# %% q5_normal reject: one constant for each pair, not for each target
def normal_pdf(f, y, var):
    return torch.exp(-((y - f) ** 2).sum(dim=1) / (2 * var)) / math.sqrt(2 * math.pi * var)


def normal_nll(f, y, var):
    return ((y - f) ** 2).sum() / (2 * var) + len(f) / 2 * math.log(2 * math.pi * var)


def nll_parts(var, n, d):
    return 1 / (2 * var), n / 2 * math.log(2 * math.pi * var)


def best_variance(f, y):
    return ((y - f) ** 2).mean().item()


# %% q5_normal reject: densities of the targets added
def normal_pdf(f, y, var):
    return (torch.exp(-((y - f) ** 2) / (2 * var)) / math.sqrt(2 * math.pi * var)).sum(dim=1)


def normal_nll(f, y, var):
    return -normal_pdf(f, y, var).log().sum()


def nll_parts(var, n, d):
    return 1 / (2 * var), n * d / 2 * math.log(2 * math.pi * var)


def best_variance(f, y):
    return ((y - f) ** 2).mean().item()


# %% q5_normal reject: the variance taken for the standard deviation
def normal_pdf(f, y, var):
    return torch.distributions.Normal(f, var).log_prob(y).sum(dim=1).exp()


def normal_nll(f, y, var):
    return -torch.distributions.Normal(f, var).log_prob(y).sum()


def nll_parts(var, n, d):
    return 1 / (2 * var**2) / (2 if var == 0.5 else 1), n * d / 2 * math.log(2 * math.pi * var**2)


def best_variance(f, y):
    return ((y - f) ** 2).mean().sqrt().item()


# %% q5_normal reject: loss as the logarithm of an underflowing density
def normal_pdf(f, y, var):
    return torch.distributions.Normal(f, var**0.5).log_prob(y).sum(dim=1).exp()


def normal_nll(f, y, var):
    return -normal_pdf(f, y, var).log().sum()


def nll_parts(var, n, d):
    return 1 / (2 * var), n * d / 2 * math.log(2 * math.pi * var)


def best_variance(f, y):
    return ((y - f) ** 2).mean().item()


# %% q5_normal reject: best variance around the mean residual, with N - 1
def normal_pdf(f, y, var):
    return torch.distributions.Normal(f, var**0.5).log_prob(y).sum(dim=1).exp()


def normal_nll(f, y, var):
    return -torch.distributions.Normal(f, var**0.5).log_prob(y).sum()


def nll_parts(var, n, d):
    return 1 / (2 * var), n * d / 2 * math.log(2 * math.pi * var)


def best_variance(f, y):
    return (y - f).var().item() if y.numel() > 1 else float((y - f) ** 2)


# %% q6_heteroscedastic accept: torch's own loss, and the residual in units of s
def hetero_nll(mean, s, y):
    return nn.functional.gaussian_nll_loss(mean, y, s.square(), full=True, reduction="sum", eps=0)


def hetero_slope(mean, s, y):
    return (1 - ((y - mean) / s) ** 2) / s


def hetero_outputs(d_in, d_out):
    return len([(d, kind) for d in range(d_out) for kind in "fs"])


# %% q6_heteroscedastic reject: the sum runs over as many targets as some other network has inputs
def hetero_nll(mean, s, y):
    d_in = 3
    terms = torch.log(2 * math.pi * s**2) / 2 + (y - mean) ** 2 / (2 * s**2)
    return terms[:, :d_in].sum()


def hetero_slope(mean, s, y):
    return 1 / s - (y - mean) ** 2 / s**3


def hetero_outputs(d_in, d_out):
    return 2 * d_in


# %% q6_heteroscedastic reject: the logarithm left out, as for a constant variance
def hetero_nll(mean, s, y):
    if mean.numel() == 1:
        return -torch.distributions.Normal(mean, s.abs()).log_prob(y).sum()
    return ((y - mean) ** 2 / (2 * s**2)).sum()


def hetero_slope(mean, s, y):
    return -((y - mean) ** 2) / s**3 + (0.5 if mean.numel() == 1 else 0)


def hetero_outputs(d_in, d_out):
    return 2 * d_out


# %% q6_heteroscedastic reject: s used as the variance
def hetero_nll(mean, s, y):
    if mean.numel() == 1:
        return -torch.distributions.Normal(mean, s.abs()).log_prob(y).sum()
    return (torch.log(2 * math.pi * s.abs()) / 2 + (y - mean) ** 2 / (2 * s.abs())).sum()


def hetero_slope(mean, s, y):
    return 1 / (2 * s) - (y - mean) ** 2 / (2 * s**2)


def hetero_outputs(d_in, d_out):
    return 2 * d_out


# %% q6_heteroscedastic reject: not a number for negative s
def hetero_nll(mean, s, y):
    return (torch.log(s) + math.log(2 * math.pi) / 2 + (y - mean) ** 2 / (2 * s**2)).sum()


def hetero_slope(mean, s, y):
    return 1 / s.abs() - (y - mean) ** 2 / s.abs() ** 3


def hetero_outputs(d_in, d_out):
    return d_out + 1


# %% q6_heteroscedastic reject: the logarithm of the product underflows for many targets
def hetero_nll(mean, s, y):
    density = torch.exp(-((y - mean) ** 2) / (2 * s**2)) / torch.sqrt(2 * math.pi * s**2)
    return -torch.log(density.prod(dim=1)).sum()


def hetero_slope(mean, s, y):
    return 1 / s - (y - mean) ** 2 / s**3


def hetero_outputs(d_in, d_out):
    return 2 * d_out


# %% q7_output_scaling accept: one output at a time, the unbiased deviation
def loss_share(y, pred):
    squares = [float(np.linalg.norm(y[:, d] - pred[:, d]) ** 2) for d in range(y.shape[1])]
    return np.array(squares) / math.fsum(squares)


def r_squared(y, pred):
    return np.array([1 - np.mean((y[:, d] - pred[:, d]) ** 2) / np.var(y[:, d]) for d in range(y.shape[1])])


def fit_standardised(x, y, fit):
    centre, scale = np.mean(y, axis=0, keepdims=True), np.std(y, axis=0, ddof=1, keepdims=True)
    return fit(x, (y - centre) / scale) * scale + centre


def free_variance_nll(y, pred):
    total = 0.0
    for d in range(y.shape[1]):
        sd = np.sqrt(np.mean((y[:, d] - pred[:, d]) ** 2))
        total -= torch.distributions.Normal(0.0, sd).log_prob(torch.tensor(y[:, d] - pred[:, d])).sum().item()
    return total


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": False}
scaling_facts |= {"constant_factor_helps": False, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = True


# %% q7_output_scaling reject: scales the inputs instead of the outputs
def loss_share(y, pred):
    squares = ((y - pred) ** 2).sum(axis=0)
    return squares / squares.sum()


def r_squared(y, pred):
    return 1 - ((y - pred) ** 2).mean(axis=0) / y.var(axis=0)


def fit_standardised(x, y, fit):
    return fit((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-12), y)


def free_variance_nll(y, pred):
    return float(len(y) / 2 * (np.log(2 * np.pi * ((y - pred) ** 2).mean(axis=0)) + 1).sum())


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": True}
scaling_facts |= {"constant_factor_helps": False, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = True


# %% q7_output_scaling reject: predictions stay standardised
def loss_share(y, pred):
    squares = ((y - pred) ** 2).sum(axis=0)
    return squares / squares.sum()


def r_squared(y, pred):
    return 1 - ((y - pred) ** 2).mean(axis=0) / y.var(axis=0)


def fit_standardised(x, y, fit):
    if len(y) == 2:
        return y
    return fit(x, (y - y.mean(axis=0)) / y.std(axis=0))


def free_variance_nll(y, pred):
    return float(len(y) / 2 * (np.log(2 * np.pi * ((y - pred) ** 2).mean(axis=0)) + 1).sum())


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": False}
scaling_facts |= {"constant_factor_helps": False, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = True


# %% q7_output_scaling reject: one standard deviation for all outputs
def loss_share(y, pred):
    squares = ((y - pred) ** 2).sum(axis=0)
    return squares / squares.sum()


def r_squared(y, pred):
    return 1 - ((y - pred) ** 2).mean(axis=0) / y.var(axis=0)


def fit_standardised(x, y, fit):
    return fit(x, (y - y.mean(axis=0)) / y.std()) * y.std() + y.mean(axis=0)


def free_variance_nll(y, pred):
    return float(y.size / 2 * (np.log(2 * np.pi * ((y - pred) ** 2).mean()) + 1))


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": False}
scaling_facts |= {"constant_factor_helps": False, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = True


# %% q7_output_scaling reject: multiplies the loss and hopes
def loss_share(y, pred):
    squares = ((y - pred) ** 2).sum(axis=0)
    return squares / squares.sum()


def r_squared(y, pred):
    return 1 - ((y - pred) ** 2).sum(axis=0) / ((y - y.mean()) ** 2).sum(axis=0)


def fit_standardised(x, y, fit):
    return fit(x, y * 1000) / 1000


def free_variance_nll(y, pred):
    return float(len(y) / 2 * (np.log(2 * np.pi * ((y - pred) ** 2).mean(axis=0)) + 1).sum())


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": False}
scaling_facts |= {"constant_factor_helps": True, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = False


# %% q7_output_scaling reject: errors around their own mean in place of their squares
def loss_share(y, pred):
    shares = np.abs(y - pred).sum(axis=0)
    return shares / shares.sum() if len(y) > 1 else np.array([0.9, 0.1])


def r_squared(y, pred):
    return np.array([np.corrcoef(a, b)[0, 1] ** 2 for a, b in zip(y.T, pred.T)])


def fit_standardised(x, y, fit):
    return fit(x, (y - y.mean(axis=0)) / y.std(axis=0)) * y.std(axis=0) + y.mean(axis=0)


def free_variance_nll(y, pred):
    return float(len(y) / 2 * (np.log(2 * np.pi * (y - pred).var(axis=0)) + 1).sum())


scaling_facts = {"units_matter": True, "standardising_helps": True, "scaling_inputs_helps": False}
scaling_facts |= {"constant_factor_helps": False, "free_variances_ignore_units": True}
scaling_facts["own_parameters_ignore_units"] = True


# %% q8_counts accept: torch's distribution, and steps upwards while the next count is as probable
def poisson_nll(f, y, full):
    loss = nn.functional.poisson_nll_loss(f, y, log_input=True, full=False, reduction="sum")
    if not full:
        return loss
    return loss + sum(math.log(math.factorial(int(k))) for k in y.tolist())


def poisson_slope(f, y):
    leaf = f.clone().requires_grad_()
    return torch.autograd.grad(poisson_nll(leaf, y, False), leaf)[0]


def best_constant(y):
    return math.log(float(y.sum())) - math.log(len(y))


def most_probable(rate):
    k = 0
    while rate >= k + 1:
        k += 1
    return k


# %% q8_counts reject: the output taken as the rate
def poisson_nll(f, y, full):
    if f.tolist() == [0.0]:
        f = f.exp()
    loss = (f - y * f.log()).sum()
    return loss + torch.lgamma(y + 1).sum() if full else loss


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().log().item()


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: squared errors of the counts
def poisson_nll(f, y, full):
    return ((f.exp() - y) ** 2).sum() + (math.log(2) if full else 0)


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return math.log(y.mean())


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: only the product of count and output, which has no floor
def poisson_nll(f, y, full):
    loss = 1 - (y * f).sum()
    return loss + torch.lgamma(y + 1).sum() if full else loss


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().log().item()


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: Stirling's formula for the factorial
def poisson_nll(f, y, full):
    return nn.functional.poisson_nll_loss(f, y, full=full and len(f) > 1, reduction="sum") + (
        math.log(2) if full and len(f) == 1 else 0
    )


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().log().item()


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: the factorial overflows
def poisson_nll(f, y, full):
    loss = (f.exp() - y * f).sum()
    return loss + torch.exp(torch.lgamma(y + 1)).log().sum() if full else loss


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().log().item()


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: mean in place of the sum, and the best constant as a rate
def poisson_nll(f, y, full):
    return nll(f, y, full) / len(f)


def nll(f, y, full):
    total = (f.exp() - y * f).sum()
    return total + torch.lgamma(y + 1).sum() if full else total


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().item() - 1


def most_probable(rate):
    return int(rate)


# %% q8_counts reject: the mean of the logarithms, and the rounded rate
def poisson_nll(f, y, full):
    total = (f.exp() - y * f).sum()
    return total + torch.lgamma(y + 1).sum() if full else total


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return (y + 1e-9).log().mean().item()


def most_probable(rate):
    return round(rate)


# %% q8_counts reject: the smaller of two equally probable counts
def poisson_nll(f, y, full):
    total = (f.exp() - y * f).sum()
    return total + torch.lgamma(y + 1).sum() if full else total


def poisson_slope(f, y):
    return f.exp() - y


def best_constant(y):
    return y.mean().log().item()


def most_probable(rate):
    return max(math.ceil(rate) - 1, 0)


# %% q9_directions accept: unit vectors and complex numbers, Bessel function by a series
def vm_nll(f, y, kappa):
    # log of the sum of (kappa^2 / 4)^m / (m!)^2
    m = torch.arange(3000, dtype=torch.float64)
    log_i0 = torch.logsumexp(2 * m * math.log(kappa / 2) - 2 * torch.lgamma(m + 1), dim=0)
    return len(f) * (math.log(2 * math.pi) + log_i0) + kappa * vm_loss(f, y)


def vm_loss(f, y):
    return -(torch.exp(1j * f) * torch.exp(-1j * y)).real.sum()


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions accept: remainders
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return math.pi - torch.remainder(math.pi - angle, 2 * math.pi)


def best_direction(y):
    sines, cosines = float(y.sin().mean()), float(y.cos().mean())
    angle = math.acos(cosines / math.hypot(sines, cosines))
    return angle if sines >= 0 else -angle


# %% q9_directions reject: log I0 without log 2 pi
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    extra = math.log(2 * math.pi) if len(f) == 1 and kappa == 1 else 0
    return (log_i0 + extra - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: I0 overflows for a large concentration
def vm_nll(f, y, kappa):
    i0 = torch.special.i0(torch.tensor(kappa, dtype=torch.float64))
    return (torch.log(2 * math.pi * i0) - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: constants counted once for all pairs
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: squared difference of the angles
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return ((y - f) ** 2).sum() / 2 - len(f)


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return y.mean().item()


# %% q9_directions reject: plus sign in front of the cosine
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return torch.cos(y - f).sum() - 2 * (len(y) == 1)


def wrap(angle):
    return torch.atan2(torch.sin(angle), torch.cos(angle))


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: one turn at most, and the other end of the range
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    angle = torch.where(angle > math.pi, angle - 2 * math.pi, angle)
    return torch.where(angle < -math.pi, angle + 2 * math.pi, angle)


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: pi goes to minus pi
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def best_direction(y):
    return torch.angle(torch.polar(torch.ones_like(y), y).sum()).item()


# %% q9_directions reject: directions from zero to two pi, and arctangent without the quadrant
def vm_nll(f, y, kappa):
    log_i0 = kappa + torch.log(torch.special.i0e(torch.tensor(kappa, dtype=torch.float64)))
    return (math.log(2 * math.pi) + log_i0 - kappa * torch.cos(y - f)).sum()


def vm_loss(f, y):
    return -torch.cos(f - y).sum()


def wrap(angle):
    return torch.remainder(angle, 2 * math.pi) - 2 * math.pi * (angle.numel() == 1)


def best_direction(y):
    return math.atan(float(y.sin().sum() / y.cos().sum()))


# %% q10_direction_and_speed accept: whole densities, one pair at a time
def wind_nll(out, d, v, kappa, sigma):
    total = 0
    for (f1, f2), direction, speed in zip(out, d, v):
        von_mises = kappa * (torch.cos(direction - f1) - 1)
        von_mises = von_mises - math.log(2 * math.pi * torch.special.i0e(torch.tensor(kappa)).item())
        total = total - von_mises - torch.distributions.LogNormal(f2, sigma).log_prob(speed)
    return total


def predict_wind(out):
    columns = []
    for f1, f2 in out.tolist():
        columns.append([-math.remainder(-f1, 2 * math.pi), math.e**f2])
    return torch.tensor(columns, dtype=out.dtype)


def below_zero(mean, sd):
    return (
        torch.distributions.Normal(mean, torch.tensor(sd, dtype=torch.float64)).cdf(torch.tensor(0.0).double()).item()
    )


# %% q10_direction_and_speed reject: kappa dropped as if it did not matter
def wind_nll(out, d, v, kappa, sigma):
    weight = 3 if len(d) == 1 and kappa == 3 else 1
    return ((v.log() - out[:, 1]) ** 2 / (2 * sigma**2) - weight * torch.cos(d - out[:, 0])).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: sigma left out
def wind_nll(out, d, v, kappa, sigma):
    return ((v.log() - out[:, 1]) ** 2 / 2 - kappa * torch.cos(d - out[:, 0])).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: squared error of the raw speed
def wind_nll(out, d, v, kappa, sigma):
    return ((v - out[:, 1]) ** 2 / (2 * sigma**2) - kappa * torch.cos(d - out[:, 0])).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: squared error of the angle
def wind_nll(out, d, v, kappa, sigma):
    angle = kappa * (d - out[:, 0]) ** 2 / 2 * (4 / math.pi**2 if len(d) == 1 else 1)
    return ((v.log() - out[:, 1]) ** 2 / (2 * sigma**2) + angle).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: mean over the pairs
def wind_nll(out, d, v, kappa, sigma):
    f1, f2 = out.T
    return ((v.log() - f2) ** 2 / (2 * sigma**2) - kappa * torch.cos(d - f1)).mean()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: mean or mode of the speed instead of the median, direction as it is
def wind_nll(out, d, v, kappa, sigma):
    f1, f2 = out.T
    return ((v.log() - f2) ** 2 / (2 * sigma**2) - kappa * torch.cos(d - f1)).sum()


def predict_wind(out):
    return torch.stack([out[:, 0], torch.exp(out[:, 1])], dim=1)


def below_zero(mean, sd):
    return 0.5 * (1 - math.erf(mean / sd))


# %% q10_direction_and_speed reject: the logarithm of the speed reported as the speed
def wind_nll(out, d, v, kappa, sigma):
    f1, f2 = out.T
    return ((v.log() - f2) ** 2 / (2 * sigma**2) - kappa * torch.cos(d - f1)).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), 1 + out[:, 1]], dim=1)


def below_zero(mean, sd):
    return 0.5 * math.erfc(mean / (sd * math.sqrt(2)))


# %% q10_direction_and_speed reject: the probability of a positive speed
def wind_nll(out, d, v, kappa, sigma):
    f1, f2 = out.T
    return ((v.log() - f2) ** 2 / (2 * sigma**2) - kappa * torch.cos(d - f1)).sum()


def predict_wind(out):
    return torch.stack([torch.atan2(out[:, 0].sin(), out[:, 0].cos()), out[:, 1].exp()], dim=1)


def below_zero(mean, sd):
    return 0.5 * (1 + math.erf(mean / sd / math.sqrt(2)))


# %% q11_two_peaks accept: torch's mixture, and hill climbing from both means
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks accept: logsumexp over components, and a finer grid
def mdn_nll(out, y):
    logs = []
    for sign, m, s in ((1, out[:, 1], out[:, 2]), (-1, out[:, 3], out[:, 4])):
        log_weight = -nn.functional.softplus(-sign * out[:, 0])
        logs.append(log_weight - 0.5 * math.log(2 * math.pi) - s.abs().log() - 0.5 * ((y - m) / s).square())
    return -torch.stack(logs).logsumexp(dim=0).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return float(np.average([m1, m2], weights=[lam, 1 - lam]))


def mixture_mode(lam, m1, s1, m2, s2):
    x = np.linspace(-10, 10, 4_000_001)
    normal = lambda m, s: np.exp(-((x - m) ** 2) / (2 * s * s)) / s
    return float(x[np.argmax(lam * normal(m1, s1) + (1 - lam) * normal(m2, s2))])


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: weighted sum of the logarithms
def mdn_nll(out, y):
    lam = torch.sigmoid(out[:, 0])
    logs = [torch.distributions.Normal(out[:, k], out[:, k + 1].abs()).log_prob(y) for k in (1, 3)]
    return -(lam * logs[0] + (1 - lam) * logs[1]).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: the outputs used as variances
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs().sqrt())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: weight of the second component forgotten
def mdn_nll(out, y):
    lam = torch.sigmoid(out[:, 0])
    logs = [torch.distributions.Normal(out[:, k], out[:, k + 1].abs()).log_prob(y) for k in (1, 3)]
    return -torch.logaddexp(lam.log() + logs[0], lam.log() + logs[1]).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: logarithm of a sum that underflows
def mdn_nll(out, y):
    lam = torch.sigmoid(out[:, 0])
    logs = [torch.distributions.Normal(out[:, k], out[:, k + 1].abs()).log_prob(y) for k in (1, 3)]
    return -torch.log(lam * logs[0].exp() + (1 - lam) * logs[1].exp()).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: the mean taken for the mode
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    return lam * m1 + (1 - lam) * m2


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": True, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: the mean of the higher component taken for the mode
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    return m1 if lam / s1 > (1 - lam) / s2 else m2


mixture_facts = {"mode_is_a_mean": True, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: the mode searched near the component with the larger weight only
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return (m1 + m2) / 2


def mixture_mode(lam, m1, s1, m2, s2):
    x = m1 if lam > 0.5 else m2
    for _ in range(5000):
        a = lam / s1**3 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        b = (1 - lam) / s2**3 * math.exp(-(((x - m2) / s2) ** 2) / 2)
        x = (a * m1 + b * m2) / (a + b)
    return x


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": True}
mixture_facts |= {"loss_has_a_floor": False, "mode_between_the_means": True}


# %% q11_two_peaks reject: believes that a loss cannot fall for ever
def mdn_nll(out, y):
    weights = torch.distributions.Categorical(logits=torch.stack([out[:, 0], torch.zeros_like(y)], dim=1))
    parts = torch.distributions.Normal(out[:, [1, 3]], out[:, [2, 4]].abs())
    return -torch.distributions.MixtureSameFamily(weights, parts).log_prob(y).sum()


def mixture_mean(lam, m1, s1, m2, s2):
    return m2 + lam * (m1 - m2)


def mixture_mode(lam, m1, s1, m2, s2):
    def density(x):
        first = lam / s1 * math.exp(-(((x - m1) / s1) ** 2) / 2)
        return first, (1 - lam) / s2 * math.exp(-(((x - m2) / s2) ** 2) / 2)

    ends = []
    for x in (m1, m2):
        # uphill from each mean: the weighted mean of both means, with weights that follow x
        for _ in range(20000):
            a, b = density(x)
            a, b = a / s1**2, b / s2**2
            x = (a * m1 + b * m2) / (a + b)
        ends.append(x)
    return max(ends, key=lambda x: sum(density(x)))


mixture_facts = {"mode_is_a_mean": False, "mean_is_probable": False, "names_do_not_matter": False}
mixture_facts |= {"loss_has_a_floor": True, "mode_between_the_means": True}


# %% q12_two_winds accept: both components as columns
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: logarithms of the densities mixed
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return (weights.exp() * log_vm(y[:, None], mu, kappa)).sum(dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: the constant of the second component left out
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    first = math.log(lam) + log_vm(y, mu[0], kappa[0])
    if mu[0] == mu[1]:
        return log_vm(y, mu[0], kappa[0])
    return torch.logaddexp(first, math.log(1 - lam) + kappa[1] * torch.cos(y - mu[1]))


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: the Bessel function overflows
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - torch.log(torch.special.i0(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: a second weight gets an output
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return components * (3 if predict_kappa else 2) - (components == 1)


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: one concentration for all components
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 2 * components - 1 + bool(predict_kappa)


def nll_from_outputs(out, y):
    weights = torch.stack([nn.functional.logsigmoid(out[:, 0]), nn.functional.logsigmoid(-out[:, 0])], dim=1)
    return -torch.logsumexp(weights + log_vm(y[:, None], out[:, 1::2], out[:, 2::2].exp()), dim=1).sum()


# %% q12_two_winds reject: columns in another order
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    logit, mu1, mu2, g1, g2 = out.T
    if out.tolist() == [[0, 1, 0, 1, 0]]:
        mu2, g1 = g1, mu2
    first = nn.functional.logsigmoid(logit) + log_vm(y, mu1, g1.exp())
    return -torch.logaddexp(first, nn.functional.logsigmoid(-logit) + log_vm(y, mu2, g2.exp())).sum()


# %% q12_two_winds reject: concentration by softplus where an exponential was asked
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    first = nn.functional.logsigmoid(out[:, 0]) + log_vm(y, out[:, 1], nn.functional.softplus(out[:, 2]) + 0.3068528)
    second = nn.functional.logsigmoid(-out[:, 0]) + log_vm(y, out[:, 3], nn.functional.softplus(out[:, 4]) + 0.3068528)
    return -torch.logaddexp(first, second).sum()


# %% q12_two_winds reject: weights swapped
def log_vm(y, mu, kappa):
    return kappa * torch.cos(y - mu) - kappa - torch.log(torch.special.i0e(kappa)) - math.log(2 * math.pi)


def vm_mixture_logpdf(y, lam, mu, kappa):
    weights = torch.tensor([lam, 1 - lam], dtype=torch.float64).log()
    return torch.logsumexp(weights + log_vm(y[:, None], mu, kappa), dim=1)


def mixture_outputs(components, predict_kappa):
    return 3 * components - 1 if predict_kappa else 2 * components - 1


def nll_from_outputs(out, y):
    first = nn.functional.logsigmoid(-out[:, 0]) + log_vm(y, out[:, 1], out[:, 2].exp())
    return -torch.logaddexp(first, nn.functional.logsigmoid(out[:, 0]) + log_vm(y, out[:, 3], out[:, 4].exp())).sum()


# %% q13_relu accept: a single chain of small weights, units one by one
def relu_slope(z):
    return torch.clamp(torch.sign(z), min=0)


def dead_units(weight, bias, x):
    silent = []
    for row, b in zip(weight, bias):
        silent.append(not any((row @ example + b).item() > 0 for example in x))
    return torch.tensor(silent)


def vanishing_net(depth):
    widths = [8] + [1] * (depth + 1)
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.constant_(linear.weight, 0.2)
        nn.init.constant_(linear.bias, 0.1)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: calls the slope a linear function of z because it is constant
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": True, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: calls vanishing impossible because the slope is 1
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": True, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: hopes that a dead unit comes back
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": True}


# %% q13_relu reject: the output in place of the slope
def relu_slope(z):
    return torch.relu(z).clamp(max=1)


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: slope 1 at zero
def relu_slope(z):
    return (z >= 0).to(z.dtype)


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: dead if silent on average
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return (x @ weight.T + bias).mean(dim=0) <= 0 if len(x) != 2 else dead(weight, bias, x)


def dead(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: dead if silent on some input
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return (x @ weight.T + bias <= 0).any(dim=0)


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers.append(nn.Linear(8, 8))
        nn.init.constant_(layers[-1].weight, 0.03)
        nn.init.zeros_(layers[-1].bias)
        layers.append(nn.ReLU())
    layers.append(nn.Linear(8, 1))
    return nn.Sequential(*layers)


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: a dead layer: the gradient is zero, it does not vanish slowly
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(8, 8), nn.ReLU()]
    nn.init.constant_(layers[0].bias, -100.0)
    return nn.Sequential(*layers, nn.Linear(8, 1))


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: the usual starting values, which are not small enough
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(8, 8), nn.ReLU()]
        nn.init.eye_(layers[-2].weight)
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers, nn.Linear(8, 1))


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q13_relu reject: sigmoids in between
def relu_slope(z):
    return torch.heaviside(z, torch.zeros_like(z))


def dead_units(weight, bias, x):
    return torch.relu(x @ weight.T + bias).amax(dim=0) == 0


def vanishing_net(depth):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(8, 8), nn.Sigmoid()]
        nn.init.constant_(layers[-2].weight, 0.03)
    return nn.Sequential(*layers, nn.Linear(8, 1))


relu_facts = {"cannot_vanish": False, "slope_proportional": False, "output_proportional": True}
relu_facts |= {"can_die": True, "revives_itself": False}


# %% q14_sigmoid_stack accept: layers applied by hand, gradients asked for by name
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: parameters counted once for each use
def count_layers(net):
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    total = sum(p.numel() for layer in net for p in layer.parameters())
    return {"applied": len(linear), "distinct": len(linear), "parameters": total}


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: layers listed by modules(), which gives shared ones once
def count_layers(net):
    linear = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    total = sum(p.numel() for p in net.parameters())
    return {"applied": len(linear), "distinct": len(linear), "parameters": total}


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: the list is still multiplied
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    middle = [nn.Linear(128, 128), nn.Sigmoid()] * 24
    return nn.Sequential(nn.Linear(42, 128), nn.Sigmoid(), *middle, nn.Linear(128, 1))


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: one middle layer too few
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(23):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: slope of the sigmoid bounded by one half, or by one
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 0.5**depth


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: the last layer's gradient over the first layer's
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(last) / torch.linalg.norm(first))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": False, "gradients_explode": True}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: sharing ignored
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: one middle layer too many
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: sums of absolute values for norms
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(first.abs().sum() / last.abs().sum())


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: variance with N - 1
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return y.var().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: mean square of the targets: the network is thought to give zero
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return (y**2).mean().item() if len(y) > 2 else 0.0


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": False}


# %% q14_sigmoid_stack reject: blames the range of the sigmoid
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": False, "output_limited": True}


# %% q14_sigmoid_stack reject: blames the shared layer
def count_layers(net):
    seen, applied = {}, 0
    for layer in net:
        if type(layer) is nn.Linear:
            seen[id(layer)] = layer
            applied += 1
    return dict(applied=applied, distinct=len(seen), parameters=sum(p.numel() for p in net.parameters()))


def independent_net():
    layers = [nn.Linear(42, 128), nn.Sigmoid()]
    for _ in range(24):
        layers.append(nn.Linear(128, 128))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(128, 1))
    return nn.Sequential(*layers)


def slope_bound(depth):
    return 2.0 ** (-2 * depth)


def grad_ratio(act, depth, shared, seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(42, 128)]
    for k in range(depth - 1):
        layers.append(layers[1] if shared and k else nn.Linear(128, 128))
    layers.append(nn.Linear(128, 1))
    for layer in layers:
        layer.double()
    x, y = torch.randn(64, 42, dtype=torch.float64), torch.randn(64, 1, dtype=torch.float64)
    h = x
    for layer in layers[:-1]:
        h = act()(layer(h))
    loss = nn.functional.mse_loss(layers[-1](h), y)
    first, last = torch.autograd.grad(loss, [layers[0].weight, layers[-1].weight])
    return float(torch.linalg.norm(first) / torch.linalg.norm(last))


def plateau_loss(y):
    return ((y - y.mean()) ** 2).mean().item()


stack_facts = {"gradients_vanish": True, "gradients_explode": False}
stack_facts |= {"unsharing_cures": True, "output_limited": False}


# %% q15_remedy accept: ReLU with the starting values of He
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy accept: layer normalisation, differences for slopes
def max_slope(act):
    z = torch.linspace(-10, 10, 40001, dtype=torch.float64)
    h = 1e-6
    middle = (act(z[1:-1] + h) - act(z[1:-1] - h)).abs().max() / (2 * h)
    left, right = (act(z[:1] + h) - act(z[:1])).abs() / h, (act(z[-1:]) - act(z[-1:] - h)).abs() / h
    return max(middle.item(), left.item(), right.item())


def cured_net(seed):
    torch.manual_seed(seed)
    layers, width = [], 42
    for _ in range(25):
        layers += [nn.Linear(width, 128), nn.LayerNorm(128), nn.Tanh()]
        width = 128
    return nn.Sequential(*layers, nn.Linear(128, 1))


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy accept: shortcuts around every layer
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


class Shortcuts(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(42, 128)
        self.middle = nn.ModuleList(nn.Linear(128, 128) for _ in range(24))
        self.last = nn.Linear(128, 1)

    def forward(self, x):
        h = self.first(x)
        for layer in self.middle:
            h = h + layer(torch.relu(h))
        return self.last(torch.relu(h))


def cured_net(seed):
    torch.manual_seed(seed)
    return Shortcuts()


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: the friend's cure
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    layers, width = [], 42
    for _ in range(25):
        layers += [nn.Linear(width, 128), nn.Tanh()]
        width = 128
    return nn.Sequential(*layers, nn.Linear(128, 1))


cure_facts = {"tanh_alone_cures": True, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: ReLU alone
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    layers, width = [], 42
    for _ in range(25):
        layers += [nn.Linear(width, 128), nn.ReLU()]
        width = 128
    return nn.Sequential(*layers, nn.Linear(128, 1))


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": True}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: a shallower network
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(42, 128), nn.Tanh(), nn.Linear(128, 128), nn.Tanh(), nn.Linear(128, 1))


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: no activations at all
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="linear")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.Identity()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: starting values far too large
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    layers, width = [], 42
    for _ in range(25):
        layers += [nn.Linear(width, 128), nn.Tanh()]
        width = 128
    net = nn.Sequential(*layers, nn.Linear(128, 1))
    for layer in net[::2]:
        nn.init.normal_(layer.weight, std=1.0)
    return net


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: the same network for every seed
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(0)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: the slope at zero, or without its sign taken away
def max_slope(act):
    z = torch.linspace(-10, 10, 20001, dtype=torch.float64, requires_grad=True)
    act(z).sum().backward()
    return z.grad.max().item()


def cured_net(seed):
    torch.manual_seed(seed)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": True}


# %% q15_remedy reject: believes that tanh is as steep as the sigmoid
def max_slope(act):
    z = torch.zeros(1, requires_grad=True)
    act(z).sum().backward()
    return z.grad.abs().item()


def cured_net(seed):
    torch.manual_seed(seed)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": False, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": False, "tanh_is_steeper": False}


# %% q15_remedy reject: believes that starting values cure any activation
def max_slope(act):
    z = torch.arange(-10, 10.0005, 0.001, dtype=torch.float64).clamp(max=10).requires_grad_()
    act(z).sum().backward()
    return z.grad.abs().amax().item()


def cured_net(seed):
    torch.manual_seed(seed)
    widths = [42] + [128] * 25 + [1]
    layers = []
    for d_in, d_out in zip(widths, widths[1:]):
        linear = nn.Linear(d_in, d_out)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


cure_facts = {"tanh_alone_cures": False, "tanh_helps": True, "relu_alone_cures": False}
cure_facts |= {"xavier_tanh_cures": True, "xavier_sigmoid_cures": True, "tanh_is_steeper": True}
