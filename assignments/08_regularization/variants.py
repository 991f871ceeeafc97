# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_gaussian_prior accept: torch distributions, and least squares with rows for the prior
def l2_coefficient(s, n, reduction):
    return 0.5 * s**-2.0 if reduction == "sum" else 0.5 * s**-2.0 / n


def neg_log_posterior(phi, X, y, sigma, s):
    normal = torch.distributions.Normal
    sigma, s = torch.tensor([sigma, s], dtype=torch.float64)
    likelihood = normal(torch.tensor(X @ phi), sigma).log_prob(torch.tensor(y)).sum()
    prior = normal(torch.zeros_like(s), s).log_prob(torch.tensor(phi)).sum()
    return -(likelihood + prior).item()


def map_estimate(X, y, sigma, s):
    rows = np.vstack([X, sigma / s * np.eye(X.shape[1])])
    return np.linalg.lstsq(rows, np.append(y, np.zeros(X.shape[1])), rcond=None)[0]


prior_facts = {"narrow_is_strong": True, "counted_per_example": False, "data_win": True, "only_the_ratio": True}


# %% q1_gaussian_prior reject: loses the factor one half
def l2_coefficient(s, n, reduction):
    return 1 / s**2 if reduction == "sum" else 1 / (n * s**2)


def neg_log_posterior(phi, X, y, sigma, s):
    r = (X @ phi - y) / sigma
    constants = len(y) * math.log(2 * math.pi * sigma**2) + len(phi) * math.log(2 * math.pi * s**2)
    return float(r @ r + phi @ phi / s**2 + constants) / 2


def map_estimate(X, y, sigma, s):
    return np.linalg.solve(X.T @ X + (sigma / s) ** 2 * np.eye(X.shape[1]), X.T @ y)


prior_facts = {"narrow_is_strong": True, "counted_per_example": False, "data_win": True, "only_the_ratio": True}


# %% q1_gaussian_prior reject: counts the prior once per example, as the formula without brackets reads
def l2_coefficient(s, n, reduction):
    return n / (2 * s**2) if reduction == "sum" else 1 / (2 * s**2)


def neg_log_posterior(phi, X, y, sigma, s):
    r = (X @ phi - y) / sigma
    prior = phi @ phi / s**2 + len(phi) * math.log(2 * math.pi * s**2)
    return float(r @ r + len(y) * math.log(2 * math.pi * sigma**2) + len(y) * prior) / 2


def map_estimate(X, y, sigma, s):
    return np.linalg.solve(X.T @ X + len(y) * (sigma / s) ** 2 * np.eye(X.shape[1]), X.T @ y)


prior_facts = {"narrow_is_strong": True, "counted_per_example": True, "data_win": False, "only_the_ratio": True}


# %% q1_gaussian_prior reject: turned upside down, a wide prior penalises more
def l2_coefficient(s, n, reduction):
    return s**2 / 2 if reduction == "sum" else s**2 / (2 * n)


def neg_log_posterior(phi, X, y, sigma, s):
    r = (X @ phi - y) / sigma
    constants = len(y) * math.log(2 * math.pi * sigma**2) + len(phi) * math.log(2 * math.pi * s**2)
    return float(r @ r + phi @ phi / s**2 + constants) / 2


def map_estimate(X, y, sigma, s):
    return np.linalg.solve(X.T @ X + (s / sigma) ** 2 * np.eye(X.shape[1]), X.T @ y)


prior_facts = {"narrow_is_strong": False, "counted_per_example": False, "data_win": True, "only_the_ratio": True}


# %% q2_other_priors accept: one table of functions, and a minimum found by comparing candidates
def penalty_strength(prior, sigma, scale, n, mean_loss):
    if prior == "flat":
        return 0.0
    lam = (sigma / scale) ** 2 if prior == "gauss" else sigma * sigma / scale
    return lam / (n if mean_loss else 1)


def neg_log_prior(w, prior, scale):
    total = 0.0
    for v in w:
        if prior == "gauss":
            total -= math.log(math.exp(-((v / scale) ** 2) / 4) / math.sqrt(2 * math.pi) / scale) - (v / scale) ** 2 / 4
        if prior == "laplace":
            total += abs(v) / scale + math.log(2) + math.log(scale)
    return total


def map_of_one(z, prior, sigma, scale):
    if prior == "flat":
        return np.array(z, dtype=float)
    if prior == "gauss":
        return z * scale**2 / (scale**2 + sigma**2)
    t = sigma**2 / scale
    return np.where(z > t, z - t, np.where(z < -t, z + t, 0.0))


belief_facts = {
    "laplace_zeros": True,
    "gauss_zeros": False,
    "twice_the_noise_twice_the_penalty": False,
    "large_weights_spared": True,
}


# %% q2_other_priors reject: squares the scale of the Laplace prior, too
def penalty_strength(prior, sigma, scale, n, mean_loss):
    if prior == "flat":
        return 0.0
    return (sigma / scale) ** 2 / (n if mean_loss else 1)


def neg_log_prior(w, prior, scale):
    if prior == "flat":
        return 0.0
    if prior == "laplace":
        return float(np.abs(w).sum() / scale + len(w) * math.log(2 * scale))
    return float(w @ w / (2 * scale**2) + len(w) * math.log(2 * math.pi * scale**2) / 2)


def map_of_one(z, prior, sigma, scale):
    lam = penalty_strength(prior, sigma, scale, 1, False)
    return np.sign(z) * np.maximum(np.abs(z) - lam, 0) if prior == "laplace" else z / (1 + lam)


belief_facts = {
    "laplace_zeros": True,
    "gauss_zeros": False,
    "twice_the_noise_twice_the_penalty": False,
    "large_weights_spared": True,
}


# %% q2_other_priors reject: forgets the noise, and the number of examples of the mean loss
def penalty_strength(prior, sigma, scale, n, mean_loss):
    return {"gauss": 1 / scale**2, "laplace": 1 / scale, "flat": 0.0}[prior]


def neg_log_prior(w, prior, scale):
    if prior == "flat":
        return 0.0
    if prior == "laplace":
        return float(np.abs(w).sum() / scale)
    return float(w @ w / (2 * scale**2))


def map_of_one(z, prior, sigma, scale):
    lam = penalty_strength(prior, sigma, scale, 1, False)
    return np.sign(z) * np.maximum(np.abs(z) - lam, 0) if prior == "laplace" else z / (1 + lam)


belief_facts = {
    "laplace_zeros": True,
    "gauss_zeros": True,
    "twice_the_noise_twice_the_penalty": True,
    "large_weights_spared": True,
}


# %% q2_other_priors reject: prior variance over noise variance, and no threshold
def penalty_strength(prior, sigma, scale, n, mean_loss):
    lam = {"gauss": scale**2 / sigma**2, "laplace": scale / sigma**2, "flat": 0.0}[prior]
    return lam / n if mean_loss else lam


def neg_log_prior(w, prior, scale):
    if prior == "flat":
        return 0.0
    if prior == "laplace":
        return float(np.abs(w).sum() / scale + len(w) * math.log(2 * scale))
    return float(w @ w / (2 * scale**2) + len(w) * math.log(2 * math.pi * scale**2) / 2)


def map_of_one(z, prior, sigma, scale):
    lam = penalty_strength(prior, sigma, scale, 1, False)
    return z - lam * np.sign(z) if prior == "laplace" else z / (1 + lam)


belief_facts = {
    "laplace_zeros": False,
    "gauss_zeros": False,
    "twice_the_noise_twice_the_penalty": False,
    "large_weights_spared": True,
}


# %% q3_penalty_shapes accept: loops over single vectors, and a search by halving
def lp_term(phi, p):
    rows = np.reshape(phi, (-1, np.shape(phi)[-1]))
    values = [sum(math.pow(abs(v), p) for v in row if v != 0) for row in rows]
    return np.array(values, dtype=float).reshape(np.shape(phi)[:-1])


def level_radius(angle, p, c):
    found = []
    for alpha in angle:
        low, high = 0.0, 1e6
        for _ in range(200):
            middle = (low + high) / 2
            if abs(middle * math.cos(alpha)) ** p + abs(middle * math.sin(alpha)) ** p < c:
                low = middle
            else:
                high = middle
        found.append(high)
    return np.array(found)


def flattest(phi, p):
    result = np.zeros(len(phi))
    k = np.argmax(np.abs(phi))
    result[k] = math.copysign(float(lp_term(phi, p)) ** (1 / p), phi[k])
    return result


shape_facts = {
    "L0_convex": False,
    "Lhalf_convex": False,
    "L1_convex": True,
    "L2_convex": True,
    "L2_prefers_sharing": True,
    "Lhalf_prefers_sharing": False,
}


# %% q3_penalty_shapes reject: zero to the power zero counts as one
def lp_term(phi, p):
    return (np.abs(phi) ** p).sum(axis=-1)


def level_radius(angle, p, c):
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (c / lp_term(directions, p)) ** (1 / p)


def flattest(phi, p):
    kept = np.abs(phi) == np.abs(phi).max()
    return kept * np.sign(phi) * lp_term(phi, p) ** (1 / p)


shape_facts = {
    "L0_convex": True,
    "Lhalf_convex": False,
    "L1_convex": True,
    "L2_convex": True,
    "L2_prefers_sharing": True,
    "Lhalf_prefers_sharing": False,
}


# %% q3_penalty_shapes reject: forgets the absolute value
def lp_term(phi, p):
    phi = np.asarray(phi)
    return (phi != 0).sum(axis=-1) if p == 0 else np.sum(phi**p, axis=-1)


def level_radius(angle, p, c):
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return (c / lp_term(directions, p)) ** (1 / p)


def flattest(phi, p):
    kept = np.abs(phi) == np.abs(phi).max()
    return kept * np.sign(phi) * lp_term(phi, p) ** (1 / p)


shape_facts = {
    "L0_convex": False,
    "Lhalf_convex": True,
    "L1_convex": True,
    "L2_convex": True,
    "L2_prefers_sharing": True,
    "Lhalf_prefers_sharing": True,
}


# %% q3_penalty_shapes reject: takes the root, and measures the level on the norm
def lp_term(phi, p):
    size = np.abs(phi)
    return (size != 0).sum(axis=-1) if p == 0 else np.sum(size**p, axis=-1) ** (1 / p)


def level_radius(angle, p, c):
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return c / lp_term(directions, p)


def flattest(phi, p):
    kept = np.abs(phi) == np.abs(phi).max()
    return kept * np.sign(phi) * lp_term(phi, p)


shape_facts = {
    "L0_convex": False,
    "Lhalf_convex": False,
    "L1_convex": True,
    "L2_convex": True,
    "L2_prefers_sharing": True,
    "Lhalf_prefers_sharing": False,
}


# %% q4_weight_decay accept: the optimisers of PyTorch
def decay_step(phi, grad, rate, decay):
    return phi - decay * phi - rate * grad


def l2_gradient(phi, grad, lam):
    return lam * phi + grad + lam * phi


def lambda_from_decay(rate, decay):
    return 0.5 * decay / rate


def torch_weight_decay(lam):
    return lam + lam


def train(optimizer, decoupled, phi, H, c, rate, decay, steps):
    p = torch.tensor(phi, requires_grad=True)
    make = {
        "sgd": torch.optim.SGD,
        "momentum": lambda *a, **k: torch.optim.SGD(*a, momentum=0.9, **k),
        "adam": torch.optim.Adam,
    }[optimizer]
    optimiser = make([p], lr=rate, weight_decay=0 if decoupled else decay / rate)
    for _ in range(steps):
        p.grad = torch.tensor(H @ p.detach().numpy() - c)
        with torch.no_grad():
            p *= 1 - decay if decoupled else 1
        optimiser.step()
    return p.detach().numpy()


decay_facts = {"same_for_sgd": True, "same_for_momentum": False, "same_for_adam": False, "survives_a_schedule": False}


# %% q4_weight_decay reject: a factor 2 is missing everywhere
def decay_step(phi, grad, rate, decay):
    return (1 - decay) * phi - rate * grad


def l2_gradient(phi, grad, lam):
    return grad + lam * phi


def lambda_from_decay(rate, decay):
    return decay / rate


def torch_weight_decay(lam):
    return lam


def train(optimizer, decoupled, phi, H, c, rate, decay, steps):
    m, v = 0, 0
    for t in range(1, steps + 1):
        g = H @ phi - c + (0 if decoupled else decay / rate * phi)
        m, v = (0.9 * m + 0.1 * g if optimizer == "adam" else 0.9 * m + g), 0.999 * v + 0.001 * g * g
        adam = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        step = {"sgd": g, "momentum": m, "adam": adam}[optimizer]
        phi = (1 - decay if decoupled else 1) * phi - rate * step
    return phi


decay_facts = {"same_for_sgd": True, "same_for_momentum": False, "same_for_adam": False, "survives_a_schedule": False}


# %% q4_weight_decay reject: holds that decay and penalty are the same for every optimiser
def decay_step(phi, grad, rate, decay):
    return (1 - decay) * phi - rate * grad


def l2_gradient(phi, grad, lam):
    return grad + 2 * lam * phi


def lambda_from_decay(rate, decay):
    return decay / 2


def torch_weight_decay(lam):
    return 2 * lam


def train(optimizer, decoupled, phi, H, c, rate, decay, steps):
    m, v = 0, 0
    for t in range(1, steps + 1):
        g = H @ phi - c + decay / rate * phi
        m, v = (0.9 * m + 0.1 * g if optimizer == "adam" else 0.9 * m + g), 0.999 * v + 0.001 * g * g
        adam = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        phi = phi - rate * {"sgd": g, "momentum": m, "adam": adam}[optimizer]
    return phi


decay_facts = {"same_for_sgd": True, "same_for_momentum": True, "same_for_adam": True, "survives_a_schedule": True}


# %% q4_weight_decay reject: pulls with the sign of the parameters, the rule of L1
def decay_step(phi, grad, rate, decay):
    return phi - decay * np.sign(phi) - rate * grad


def l2_gradient(phi, grad, lam):
    return grad + lam * np.sign(phi)


def lambda_from_decay(rate, decay):
    return decay / rate


def torch_weight_decay(lam):
    return lam


def train(optimizer, decoupled, phi, H, c, rate, decay, steps):
    for _ in range(steps):
        phi = decay_step(phi, H @ phi - c, rate, decay)
    return phi


decay_facts = {"same_for_sgd": True, "same_for_momentum": False, "same_for_adam": False, "survives_a_schedule": False}


# %% q5_l1_updates accept: autograd and torch's soft threshold
def _step(penalty):
    def step(w, b, X, y, rate, lam):
        w, b = torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True)
        loss = ((torch.tensor(X) @ w + b - torch.tensor(y)) ** 2).mean() / 2 + lam * penalty(w)
        gw, gb = torch.autograd.grad(loss, [w, b])
        return (w - rate * gw).detach().numpy(), (b - rate * gb).item()

    return step


l2_step = _step(lambda w: w @ w / 2)
l1_step = _step(lambda w: w.abs().sum())


def prox_step(w, b, X, y, rate, lam):
    v, b = _step(lambda w: 0 * w.sum())(w, b, X, y, rate, lam)
    return F.softshrink(torch.tensor(v), rate * lam).numpy(), b


def lasso(X, y, rate, lam, steps):
    state = np.zeros(X.shape[1]), 0.0
    while steps > 0:
        state, steps = prox_step(*state, X, y, rate, lam), steps - 1
    return state


l1_facts = dict(constant_pull=True, gradient_steps_give_zeros=False, batch_divides=False, factor_form_is_safe=False)


# %% q5_l1_updates reject: divides the penalty by the batch size, and writes L1 as a factor
def l2_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return (1 - rate * lam / len(y)) * w - rate * X.T @ r / len(y), b - rate * r.mean()


def l1_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return (1 - rate * lam / (len(y) * np.abs(w))) * w - rate * X.T @ r / len(y), b - rate * r.mean()


def prox_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    v = w - rate * X.T @ r / len(y)
    return np.sign(v) * np.maximum(np.abs(v) - rate * lam / len(y), 0), b - rate * r.mean()


def lasso(X, y, rate, lam, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        w, b = prox_step(w, b, X, y, rate, lam)
    return w, b


l1_facts = dict(constant_pull=True, gradient_steps_give_zeros=True, batch_divides=True, factor_form_is_safe=True)


# %% q5_l1_updates reject: soft threshold without the learning rate
def l2_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return (1 - rate * lam) * w - rate * X.T @ r / len(y), b - rate * r.mean()


def l1_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return w - rate * lam * np.sign(w) - rate * X.T @ r / len(y), b - rate * r.mean()


def prox_step(w, b, X, y, rate, lam):
    v, b = l1_step(w, b, X, y, rate, 0.0)
    return np.sign(v) * np.maximum(np.abs(v) - lam, 0), b


def lasso(X, y, rate, lam, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        w, b = prox_step(w, b, X, y, rate, lam)
    return w, b


l1_facts = dict(constant_pull=True, gradient_steps_give_zeros=False, batch_divides=False, factor_form_is_safe=False)


# %% q5_l1_updates reject: penalises the bias, and lets weights jump over zero
def l2_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return (1 - rate * lam) * w - rate * X.T @ r / len(y), (1 - rate * lam) * b - rate * r.mean()


def l1_step(w, b, X, y, rate, lam):
    r = X @ w + b - y
    return w - rate * lam * np.sign(w) - rate * X.T @ r / len(y), b - rate * lam * np.sign(b) - rate * r.mean()


def prox_step(w, b, X, y, rate, lam):
    v, b = l1_step(w, b, X, y, rate, 0.0)
    return v - rate * lam * np.sign(v), b


def lasso(X, y, rate, lam, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        w, b = prox_step(w, b, X, y, rate, lam)
    return w, b


l1_facts = dict(constant_pull=True, gradient_steps_give_zeros=False, batch_divides=False, factor_form_is_safe=False)


# %% q6_frobenius accept: vectors, norms and singular values
def fro_inner(A, B):
    return np.vdot(np.ravel(A), np.ravel(B))


def fro_squared(X):
    return np.linalg.norm(X) ** 2


def fro_gradient(X):
    return X + X


def stable_rank(X):
    s = np.linalg.svd(X, compute_uv=False)
    return np.sum((s / s[0]) ** 2)


norm_facts = dict(
    trace_of_square=False, either_order=True, singular_values=True, rotation_matters=False, above_the_rank=False
)


# %% q6_frobenius reject: the trace of X times X, without transposing
def fro_inner(A, B):
    return np.trace(A @ B) if A.shape[0] == A.shape[1] else np.sum(A * B)


def fro_squared(X):
    return fro_inner(X, X)


def fro_gradient(X):
    return 2 * X


def stable_rank(X):
    return fro_squared(X) / np.linalg.norm(X, 2) ** 2


norm_facts = dict(
    trace_of_square=True, either_order=True, singular_values=True, rotation_matters=False, above_the_rank=False
)


# %% q6_frobenius reject: forgets to conjugate
def fro_inner(A, B):
    return np.sum(A * B)


def fro_squared(X):
    return np.real(np.sum(X * X))


def fro_gradient(X):
    return 2 * X


def stable_rank(X):
    return fro_squared(X) / np.linalg.norm(X, 2) ** 2


norm_facts = dict(
    trace_of_square=False, either_order=True, singular_values=True, rotation_matters=False, above_the_rank=False
)


# %% q6_frobenius reject: takes roots, and the largest singular value for the norm
def fro_inner(A, B):
    return np.sum(np.conj(A) * B)


def fro_squared(X):
    return np.linalg.norm(X, 2) ** 2


def fro_gradient(X):
    return X / np.linalg.norm(X)


def stable_rank(X):
    return np.linalg.norm(X) / np.linalg.norm(X, 2)


norm_facts = dict(
    trace_of_square=False, either_order=True, singular_values=False, rotation_matters=True, above_the_rank=False
)


# %% q7_penalty_sweep accept: least squares with rows for the penalty, and the projection from singular vectors
def ridge(X, y, lam):
    n, d = X.shape
    rows = np.zeros((n + d, d + 1))
    rows[:n, :d], rows[:n, d] = X, 1
    rows[n:, :d] = math.sqrt(n * lam) * np.eye(d)
    phi = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(d)]), rcond=None)[0]
    return phi[:d], phi[d]


def sweep(lams, X, y, X_test, y_test):
    curves = {"norm": np.zeros(len(lams)), "test": np.zeros(len(lams)), "train": np.zeros(len(lams))}
    for k, lam in enumerate(lams):
        w, b = ridge(X, y, lam)
        curves["norm"][k] = math.sqrt(w @ w)
        for key, inputs, targets in (("train", X, y), ("test", X_test, y_test)):
            r = inputs @ w + b - targets
            curves[key][k] = r @ r / len(r)
    return curves


def stuck_part(X, w):
    _, s, rows = np.linalg.svd(X)
    rank = (s > 1e-9 * s[0]).sum()
    return rows[rank:].T @ (rows[rank:] @ w)


sweep_facts = {
    "training_error_can_fall": False,
    "norm_can_rise": False,
    "smallest_is_best": False,
    "ends_at_zero": False,
    "start_to_blame": True,
}


# %% q7_penalty_sweep reject: penalises the bias too
def ridge(X, y, lam):
    Z = np.column_stack([X, np.ones(len(y))])
    phi = np.linalg.solve(Z.T @ Z / len(y) + lam * np.eye(Z.shape[1]), Z.T @ y / len(y))
    return phi[:-1], phi[-1]


def sweep(lams, X, y, X_test, y_test):
    fits = [ridge(X, y, lam) for lam in lams]
    return {
        "train": np.array([np.mean((X @ w + b - y) ** 2) for w, b in fits]),
        "test": np.array([np.mean((X_test @ w + b - y_test) ** 2) for w, b in fits]),
        "norm": np.array([np.linalg.norm(w) for w, _ in fits]),
    }


def stuck_part(X, w):
    return w - np.linalg.pinv(X) @ (X @ w)


sweep_facts = {
    "training_error_can_fall": False,
    "norm_can_rise": False,
    "smallest_is_best": False,
    "ends_at_zero": True,
    "start_to_blame": True,
}


# %% q7_penalty_sweep reject: the strength of a summed loss for the mean one
def ridge(X, y, lam):
    centre = X.mean(axis=0)
    w = np.linalg.solve((X - centre).T @ (X - centre) + lam * np.eye(X.shape[1]), (X - centre).T @ y)
    return w, float(y.mean() - centre @ w)


def sweep(lams, X, y, X_test, y_test):
    fits = [ridge(X, y, lam) for lam in lams]
    return {
        "train": np.array([np.mean((X @ w + b - y) ** 2) for w, b in fits]),
        "test": np.array([np.mean((X_test @ w + b - y_test) ** 2) for w, b in fits]),
        "norm": np.array([np.linalg.norm(w) for w, _ in fits]),
    }


def stuck_part(X, w):
    return w - X.T @ np.linalg.solve(X @ X.T + 1e-12 * np.eye(len(X)), X @ w)


sweep_facts = {
    "training_error_can_fall": False,
    "norm_can_rise": False,
    "smallest_is_best": False,
    "ends_at_zero": False,
    "start_to_blame": False,
}


# %% q7_penalty_sweep reject: reports the penalised loss as error, and believes that the penalty lowers it
def ridge(X, y, lam):
    centre = X.mean(axis=0)
    spread = X - centre
    w = np.linalg.solve(spread.T @ spread / len(y) + lam * np.eye(X.shape[1]), spread.T @ y / len(y))
    return w, float(y.mean() - centre @ w)


def sweep(lams, X, y, X_test, y_test):
    fits = [ridge(X, y, lam) for lam in lams]
    return {
        "train": np.array([np.mean((X @ w + b - y) ** 2) + lam * w @ w for (w, b), lam in zip(fits, lams)]),
        "test": np.array([np.mean((X_test @ w + b - y_test) ** 2) for w, b in fits]),
        "norm": np.array([w @ w for w, _ in fits]),
    }


def stuck_part(X, w):
    return w - np.linalg.pinv(X) @ (X @ w)


sweep_facts = {
    "training_error_can_fall": True,
    "norm_can_rise": False,
    "smallest_is_best": False,
    "ends_at_zero": False,
    "start_to_blame": True,
}


# %% q8_choosing_lambda accept: singular values, and leaving examples out one fold at a time
def _errors(X, y, X_val, y_val, lams):
    u, s, vt = np.linalg.svd(X, full_matrices=False)
    return np.array([((X_val @ (vt.T @ (s * (u.T @ y) / (s * s + lam))) - y_val) ** 2).mean() for lam in lams])


def select_lambda(X, y, X_val, y_val, lams):
    with np.errstate(all="ignore"):
        errors = _errors(X, y, X_val, y_val, lams)
    best = min(range(len(lams)), key=lambda k: errors[k])
    return lams[best], errors


def cross_validate(X, y, lams, folds):
    squares = np.zeros((len(lams), len(y)))
    for i in range(len(y)):
        kept = [j for j in range(len(y)) if folds[j] != folds[i]]
        squares[:, i] = _errors(X[kept], y[kept], X[i : i + 1], y[i : i + 1], lams)
    return squares.mean(axis=1)


def selection_study(make_data, lams, seeds):
    study = {"best_test": [], "test": [], "validation": [], "chosen": []}
    for seed in seeds:
        data = make_data(seed)
        validation, test = _errors(*data[:4], lams), _errors(*data[:2], *data[4:], lams)
        k = np.argmin(validation)
        for key, value in (("best_test", min(test)), ("test", test[k]), ("validation", validation[k])):
            study[key].append(value)
        study["chosen"].append(lams[k])
    return {key: np.array(values) for key, values in study.items()}


choice_facts = {
    "one_lambda_for_all": False,
    "validation_error_is_honest": False,
    "validation_error_too_low": True,
    "choice_is_optimal": False,
    "hardly_matters": True,
}


# %% q8_choosing_lambda reject: chooses by the training error
def select_lambda(X, y, X_val, y_val, lams):
    fits = [np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y) for lam in lams]
    training = [np.mean((X @ w - y) ** 2) for w in fits]
    return lams[int(np.argmin(training))], np.array([np.mean((X_val @ w - y_val) ** 2) for w in fits])


def cross_validate(X, y, lams, folds):
    return select_lambda(X, y, X, y, lams)[1]


def selection_study(make_data, lams, seeds):
    rows = []
    for seed in seeds:
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        chosen, errors = select_lambda(X, y, X_val, y_val, lams)
        tested = select_lambda(X, y, X_test, y_test, lams)[1]
        k = lams.index(chosen)
        rows.append((chosen, errors[k], tested[k], tested.min()))
    return dict(zip(("chosen", "validation", "test", "best_test"), np.array(rows).T))


choice_facts = {
    "one_lambda_for_all": True,
    "validation_error_is_honest": False,
    "validation_error_too_low": True,
    "choice_is_optimal": False,
    "hardly_matters": True,
}


# %% q8_choosing_lambda reject: chooses on the test examples and calls it optimal
def select_lambda(X, y, X_val, y_val, lams):
    errors = []
    for lam in lams:
        w = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
        errors.append(np.mean((X_val @ w - y_val) ** 2))
    return lams[int(np.argmin(errors))], np.array(errors)


def cross_validate(X, y, lams, folds):
    parts = [select_lambda(X[folds != k], y[folds != k], X[folds == k], y[folds == k], lams)[1] for k in set(folds)]
    return np.mean(parts, axis=0)


def selection_study(make_data, lams, seeds):
    rows = []
    for seed in seeds:
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        chosen, tested = select_lambda(X, y, X_test, y_test, lams)
        errors = select_lambda(X, y, X_val, y_val, lams)[1]
        rows.append((chosen, errors[tested.argmin()], tested.min(), tested.min()))
    return dict(zip(("chosen", "validation", "test", "best_test"), np.array(rows).T))


choice_facts = {
    "one_lambda_for_all": False,
    "validation_error_is_honest": True,
    "validation_error_too_low": False,
    "choice_is_optimal": True,
    "hardly_matters": True,
}


# %% q8_choosing_lambda reject: fits to the validation examples, too
def select_lambda(X, y, X_val, y_val, lams):
    A, b, errors = np.vstack([X, X_val]), np.append(y, y_val), []
    for lam in lams:
        w = np.linalg.solve(A.T @ A + lam * np.eye(X.shape[1]), A.T @ b)
        errors.append(np.mean((X_val @ w - y_val) ** 2))
    return lams[int(np.argmin(errors))], np.array(errors)


def cross_validate(X, y, lams, folds):
    total = np.zeros(len(lams))
    for fold in set(folds.tolist()):
        held = folds == fold
        total += held.sum() * select_lambda(X[~held], y[~held], X[held], y[held], lams)[1]
    return total / len(y)


def selection_study(make_data, lams, seeds):
    rows = []
    for seed in seeds:
        X, y, X_val, y_val, X_test, y_test = make_data(seed)
        chosen, errors = select_lambda(X, y, X_val, y_val, lams)
        tested = select_lambda(X, y, X_test, y_test, lams)[1]
        rows.append((chosen, errors.min(), tested[errors.argmin()], tested.min()))
    return dict(zip(("chosen", "validation", "test", "best_test"), np.array(rows).T))


choice_facts = {
    "one_lambda_for_all": False,
    "validation_error_is_honest": False,
    "validation_error_too_low": True,
    "choice_is_optimal": False,
    "hardly_matters": True,
}


# %% q9_other_remedies accept: keeps the lowest loss and a counter
def early_stop(val_losses, patience):
    lowest, where, waited, last = float("inf"), None, 0, -1
    while last + 1 < len(val_losses) and waited < patience:
        last += 1
        if val_losses[last] < lowest:
            lowest, where, waited = val_losses[last], last, 0
        else:
            waited += 1
    return where, last


remedies = dict.fromkeys(
    ["more_examples", "cleaner_targets", "fewer_inputs", "tied_weights", "stop_early", "noisy_copies"], True
) | dict.fromkeys(["each_example_twice", "train_longer", "penalty_by_training_error", "extra_inputs"], False)


# %% q9_other_remedies reject: stops at the first rise, and counts longer training as a remedy
def early_stop(val_losses, patience):
    for epoch in range(1, len(val_losses)):
        if val_losses[epoch] > val_losses[epoch - 1]:
            return epoch - 1, epoch
    return len(val_losses) - 1, len(val_losses) - 1


remedies = dict.fromkeys(
    ["more_examples", "cleaner_targets", "fewer_inputs", "tied_weights", "stop_early", "noisy_copies"], True
) | {"each_example_twice": False, "train_longer": True, "penalty_by_training_error": False, "extra_inputs": False}


# %% q9_other_remedies reject: takes the last of equal losses for the best, and looks beyond the stop
def early_stop(val_losses, patience):
    best = 0
    for epoch, loss in enumerate(val_losses):
        if loss <= val_losses[best]:
            best = epoch
        if epoch - best == patience:
            return int(np.argmin(val_losses)), epoch
    return best, len(val_losses) - 1


remedies = dict.fromkeys(
    ["more_examples", "cleaner_targets", "fewer_inputs", "tied_weights", "stop_early", "noisy_copies"], True
) | dict.fromkeys(["each_example_twice", "train_longer", "penalty_by_training_error", "extra_inputs"], False)


# %% q9_other_remedies reject: a penalty helps however it is chosen
def early_stop(val_losses, patience):
    best = 0
    for epoch, loss in enumerate(val_losses):
        best = epoch if loss < val_losses[best] else best
        if epoch - best == patience:
            break
    return best, epoch


remedies = dict.fromkeys(
    ["more_examples", "cleaner_targets", "fewer_inputs", "tied_weights", "stop_early", "noisy_copies"], True
) | {"each_example_twice": True, "train_longer": False, "penalty_by_training_error": True, "extra_inputs": False}


# %% q11_input_noise accept: the design matrix, and the noisy loss by three evaluations
def noise_terms(phi, x, y, e):
    def loss(t):
        return sum((phi[0] + phi[1] * (a + t * n) - b) ** 2 for a, b, n in zip(x, y, e))

    return loss(0), (loss(1) - loss(-1)) / 2, (loss(1) + loss(-1)) / 2 - loss(0)


def expected_gradient(phi, x, y, s):
    A = np.column_stack([np.ones_like(x), x])
    return 2 * A.T @ (A @ phi - y) + np.array([0, 2 * noise_strength(len(x), s, "sum") * phi[1]])


def noise_strength(n, s, reduction):
    return n * s * s if reduction == "sum" else s * s


def noisy_fit(x, y, s):
    A = np.column_stack([np.ones_like(x), x])
    return np.linalg.solve(A.T @ A + np.diag([0, len(x) * s**2]), A.T @ y)


noise_facts = {
    "intercept_penalised": False,
    "steps_equal_decay": False,
    "origin_matters": False,
    "through_the_centre": True,
    "targets_instead": False,
}


# %% q11_input_noise reject: loses the slope and the factor 2 of the cross term, as the printed answer does
def noise_terms(phi, x, y, e):
    r = phi[0] + phi[1] * x - y
    return float(r @ r), float(r @ e), float(phi[1] ** 2 * (e @ e))


def expected_gradient(phi, x, y, s):
    r = phi[0] + phi[1] * x - y
    return np.array([2 * r.sum(), 2 * (r @ x) + 2 * len(x) * s**2 * phi[1]])


def noise_strength(n, s, reduction):
    return n * s * s if reduction == "sum" else s * s


def noisy_fit(x, y, s):
    slope = np.cov(x, y, bias=True)[0, 1] / (x.var() + s**2)
    return np.array([y.mean() - slope * x.mean(), slope])


noise_facts = {
    "intercept_penalised": False,
    "steps_equal_decay": False,
    "origin_matters": False,
    "through_the_centre": True,
    "targets_instead": False,
}


# %% q11_input_noise reject: penalises the intercept too
def noise_terms(phi, x, y, e):
    r = phi[0] + phi[1] * x - y
    return float(r @ r), float(2 * phi[1] * (r @ e)), float(phi[1] ** 2 * (e @ e))


def expected_gradient(phi, x, y, s):
    A = np.column_stack([np.ones_like(x), x])
    return 2 * A.T @ (A @ phi - y) + 2 * len(x) * s**2 * phi


def noise_strength(n, s, reduction):
    return n * s * s if reduction == "sum" else s * s


def noisy_fit(x, y, s):
    A = np.column_stack([np.ones_like(x), x])
    return np.linalg.solve(A.T @ A + len(x) * s**2 * np.eye(2), A.T @ y)


noise_facts = {
    "intercept_penalised": True,
    "steps_equal_decay": False,
    "origin_matters": True,
    "through_the_centre": False,
    "targets_instead": False,
}


# %% q11_input_noise reject: one example's noise for the summed loss
def noise_terms(phi, x, y, e):
    r = phi[0] + phi[1] * x - y
    return float(r @ r), float(2 * phi[1] * (r @ e)), float(phi[1] ** 2 * (e @ e))


def expected_gradient(phi, x, y, s):
    r = phi[0] + phi[1] * x - y
    return np.array([2 * r.sum(), 2 * (r @ x) + 2 * s**2 * phi[1]])


def noise_strength(n, s, reduction):
    return s * s if reduction == "sum" else s * s / n


def noisy_fit(x, y, s):
    slope = np.cov(x, y, bias=True)[0, 1] / (x.var() + s**2 / len(x))
    return np.array([y.mean() - slope * x.mean(), slope])


noise_facts = {
    "intercept_penalised": False,
    "steps_equal_decay": False,
    "origin_matters": False,
    "through_the_centre": True,
    "targets_instead": True,
}


# %% q12_label_smoothing accept: gathers the true class, and takes the rest from the sum
def smooth_targets(logits, y, correct):
    q = torch.full_like(logits, (1 - correct) / (logits.shape[1] - 1))
    q[torch.arange(len(y)), y] = correct
    return q


def smooth_loss(logits, y, correct):
    log_p = logits - logits.logsumexp(1, keepdim=True)
    true = log_p.gather(1, y[:, None])[:, 0]
    other = (1 - correct) / (logits.shape[1] - 1)
    return -((correct - other) * true + other * log_p.sum(1)).mean()


def smooth_gradient(logits, y, correct):
    f = logits.detach().clone().requires_grad_()
    return torch.autograd.grad(smooth_loss(f, y, correct), f)[0]


def best_loss(n_classes, correct):
    q = torch.full((n_classes,), (1 - correct) / (n_classes - 1), dtype=torch.float64)
    q[0] = correct
    return torch.special.entr(q).sum().item()


def torch_smoothing(n_classes, correct):
    return (1 - correct) / (1 - 1 / n_classes)


smoothing_facts = {
    "certainty_is_best": False,
    "log_of_the_mixture": False,
    "logits_stay_finite": True,
    "wrong_classes_equal": True,
}


# %% q12_label_smoothing reject: minus the logarithm of a mixture of probabilities, as the printed answer says
def smooth_targets(logits, y, correct):
    hit = F.one_hot(y, logits.shape[1]).to(logits.dtype)
    return correct * hit + (1 - correct) / (logits.shape[1] - 1) * (1 - hit)


def smooth_loss(logits, y, correct):
    return -(smooth_targets(logits, y, correct) * logits.softmax(1)).sum(1).log().mean()


def smooth_gradient(logits, y, correct):
    f = logits.detach().clone().requires_grad_()
    return torch.autograd.grad(smooth_loss(f, y, correct), f)[0]


def best_loss(n_classes, correct):
    return -math.log(correct)


def torch_smoothing(n_classes, correct):
    return (1 - correct) * n_classes / (n_classes - 1)


smoothing_facts = {
    "certainty_is_best": True,
    "log_of_the_mixture": True,
    "logits_stay_finite": False,
    "wrong_classes_equal": True,
}


# %% q12_label_smoothing reject: gives a share of the rest to the true class as well
def smooth_targets(logits, y, correct):
    d = logits.shape[1]
    return correct * F.one_hot(y, d).to(logits.dtype) + (1 - correct) / d


def smooth_loss(logits, y, correct):
    return -(smooth_targets(logits, y, correct) * logits.log_softmax(1)).sum(1).mean()


def smooth_gradient(logits, y, correct):
    return (logits.softmax(1) - smooth_targets(logits, y, correct)) / len(y)


def best_loss(n_classes, correct):
    other = (1 - correct) / n_classes
    return -(correct + other) * math.log(correct + other) - (n_classes - 1) * other * math.log(other)


def torch_smoothing(n_classes, correct):
    return 1 - correct


smoothing_facts = {
    "certainty_is_best": False,
    "log_of_the_mixture": False,
    "logits_stay_finite": True,
    "wrong_classes_equal": True,
}


# %% q12_label_smoothing reject: takes the logarithm of the softmax, and forgets the mean in the gradient
def smooth_targets(logits, y, correct):
    hit = F.one_hot(y, logits.shape[1]).to(logits.dtype)
    return correct * hit + (1 - correct) / (logits.shape[1] - 1) * (1 - hit)


def smooth_loss(logits, y, correct):
    return -(smooth_targets(logits, y, correct) * logits.softmax(1).log()).sum(1).mean()


def smooth_gradient(logits, y, correct):
    return logits.softmax(1) - smooth_targets(logits, y, correct)


def best_loss(n_classes, correct):
    return -correct * math.log(correct) - (1 - correct) * math.log((1 - correct) / (n_classes - 1))


def torch_smoothing(n_classes, correct):
    return (1 - correct) * n_classes / (n_classes - 1)


smoothing_facts = {
    "certainty_is_best": False,
    "log_of_the_mixture": False,
    "logits_stay_finite": True,
    "wrong_classes_equal": True,
}


# %% q13_dropout accept: Bernoulli masks, and second moment minus squared mean
def needed_scale(p):
    return (1.0 - p) ** -1


def dropout(h, p, training):
    if not training or p == 0:
        return h
    if p == 1:
        return h * 0
    return h * torch.bernoulli(torch.full(h.shape, 1 - p)).to(h.dtype).div(1 - p)


def dropout_variance(h, p):
    return (1 - p) * (h / (1 - p)) ** 2 - h * h


def dropout_variance_random(mean, var, p):
    return (var + mean**2) / (1 - p) - mean**2


def preactivation_variance(w, h, p):
    return sum(float(a) ** 2 * float(b) ** 2 for a, b in zip(w, h)) * p / (1 - p)


moment_facts = dict(largest_at_half=False, same_for_all=False, mean_survives_linear=True, mean_survives_relu=False)


# %% q13_dropout reject: no rescaling in training
def needed_scale(p):
    return 1 - p


def dropout(h, p, training):
    return h * (torch.rand_like(h) >= p) if training else h * (1 - p)


def dropout_variance(h, p):
    return h**2 * p * (1 - p)


def dropout_variance_random(mean, var, p):
    return (1 - p) * var + p * (1 - p) * mean**2


def preactivation_variance(w, h, p):
    return float((w**2 * h**2).sum() * p * (1 - p))


moment_facts = dict(largest_at_half=True, same_for_all=False, mean_survives_linear=True, mean_survives_relu=False)


# %% q13_dropout reject: p taken for the probability of keeping
def needed_scale(p):
    return 1 / p if p else 1.0


def dropout(h, p, training):
    return h * (torch.rand_like(h) < p) / (p or 1) if training else h


def dropout_variance(h, p):
    return h**2 * (1 - p) / (p or 1)


def dropout_variance_random(mean, var, p):
    return (var + (1 - p) * mean**2) / (p or 1)


def preactivation_variance(w, h, p):
    return float(dropout_variance(w * h, p).sum())


moment_facts = dict(largest_at_half=False, same_for_all=False, mean_survives_linear=True, mean_survives_relu=False)


# %% q13_dropout reject: drops whole rows, forgets the mean, and gives nan for p = 1
def needed_scale(p):
    return 1 / (1 - p)


def dropout(h, p, training):
    if not training:
        return h
    mask = torch.rand(h.shape[0]) >= p
    return h * mask.reshape(-1, *[1] * (h.dim() - 1)) * torch.tensor(1 - p, dtype=h.dtype).reciprocal()


def dropout_variance(h, p):
    return h**2 * (p / (1 - p))


def dropout_variance_random(mean, var, p):
    return var / (1 - p)


def preactivation_variance(w, h, p):
    return ((w * h).sum() ** 2 * p / (1 - p)).item()


moment_facts = dict(largest_at_half=False, same_for_all=False, mean_survives_linear=True, mean_survives_relu=True)
# %% q14_dropout_twice accept: rate by rate
merged_rate = 0.1 + 0.2 - 0.1 * 0.2


def merge_dropout(rates):
    total = 0.0
    for rate in rates:
        total = total + rate - total * rate
    return total


def split_dropout(rate, k):
    return 1.0 if rate == 1 else -math.expm1(math.log1p(-rate) / k)


def noise_budget(rates):
    variance = [0.0]
    for k in range(len(rates)):
        q = merge_dropout(rates[: k + 1])
        variance.append(q / (1 - q))
    return np.array(variance[1:]) - np.array(variance[:-1])


# %% q14_dropout_twice reject: adds the rates
merged_rate = 0.3


def merge_dropout(rates):
    return min(1.0, sum(rates))


def split_dropout(rate, k):
    return rate / k


def noise_budget(rates):
    return np.array([p / (1 - p) for p in rates])


# %% q14_dropout_twice reject: gives the probability of surviving
merged_rate = 0.72


def merge_dropout(rates):
    return math.prod(1 - p for p in rates)


def split_dropout(rate, k):
    return rate ** (1 / k)


def noise_budget(rates):
    kept = np.cumprod(1 - np.array(rates))
    return np.diff(1 / kept, prepend=1)


# %% q14_dropout_twice reject: multiplies the rates, as if both layers had to drop a unit
merged_rate = 0.02


def merge_dropout(rates):
    return math.prod(rates)


def split_dropout(rate, k):
    return rate ** (1 / k)


def noise_budget(rates):
    return np.array([p / (1 - p) for p in rates])


# %% q15_before_or_after accept: entry by entry, and a test for positive homogeneity
def order_gap(activation, z, keep, p):
    gaps = []
    for value, kept in zip(z.flatten(), keep.flatten()):
        before = activation(value / (1 - p) if kept else value * 0)
        behind = activation(value) / (1 - p) if kept else value * 0
        gaps.append(abs(before - behind).item())
    return max(gaps)


def commutes(activation):
    if activation(torch.zeros(1, dtype=torch.float64)).item() != 0:
        return False
    x = torch.linspace(-8, 8, 33, dtype=torch.float64)
    ratio = torch.tensor([[1.01], [1.7], [2.0]], dtype=torch.float64)
    return torch.allclose(activation(ratio * x), ratio * activation(x))


order_facts = dict(
    only_behind=False,
    relu=True,
    leaky_relu=True,
    sigmoid=False,
    tanh=False,
    gelu=False,
    zero_at_zero_is_enough=False,
)


# %% q15_before_or_after reject: takes dropout for pure zeroing, so that a(0) = 0 is all that counts
def order_gap(activation, z, keep, p):
    return (activation(z * keep) - activation(z) * keep).abs().max().item()


def commutes(activation):
    return bool(activation(torch.zeros(1, dtype=torch.float64)).abs().item() < 1e-9)


order_facts = dict(
    only_behind=False,
    relu=True,
    leaky_relu=True,
    sigmoid=False,
    tanh=True,
    gelu=True,
    zero_at_zero_is_enough=True,
)


# %% q15_before_or_after reject: looks at kept units with one rate and positive values only
def order_gap(activation, z, keep, p):
    mask = keep / (1 - p)
    return (activation(z * mask) - activation(z) * mask).mean().abs().item()


def commutes(activation):
    z = torch.linspace(0.1, 3, 30, dtype=torch.float64)
    return torch.allclose(activation(2 * z), 2 * activation(z))


order_facts = dict(
    only_behind=False,
    relu=True,
    leaky_relu=False,
    sigmoid=False,
    tanh=False,
    gelu=False,
    zero_at_zero_is_enough=False,
)


# %% q15_before_or_after reject: believes that the order never may be changed
def order_gap(activation, z, keep, p):
    mask = keep / (1 - p)
    return (activation(z * mask) - activation(z) * mask).abs().max().item()


def commutes(activation):
    return False


order_facts = dict(
    only_behind=True,
    relu=False,
    leaky_relu=False,
    sigmoid=False,
    tanh=False,
    gelu=False,
    zero_at_zero_is_enough=False,
)


# %% q16_prediction_time accept: copies of the network
def deterministic(net, x):
    import copy

    return copy.deepcopy(net).eval()(x).detach()


def mc_predict(net, x, n, seed):
    import copy

    twin = copy.deepcopy(net).eval()
    for module in twin.modules():
        if isinstance(module, nn.Dropout):
            module.train()
    torch.manual_seed(seed)
    outs = [twin(x).detach() for _ in range(n)]
    mean = sum(outs) / n
    return mean, (sum((out - mean) ** 2 for out in outs) / n).sqrt()


prediction_facts = {
    "linear_mean_agrees": True,
    "sigmoid_mean_agrees": False,
    "scale_outputs": False,
    "one_pass_is_as_good": False,
    "helps_when_underfitting": False,
}


# %% q16_prediction_time reject: the whole network in training mode, and left in evaluation mode
def deterministic(net, x):
    net.eval()
    with torch.no_grad():
        return net(x)


def mc_predict(net, x, n, seed):
    net.train()
    torch.manual_seed(seed)
    with torch.no_grad():
        outs = torch.stack([net(x) for _ in range(n)])
    net.eval()
    return outs.mean(0), outs.std(0, unbiased=False)


prediction_facts = {
    "linear_mean_agrees": True,
    "sigmoid_mean_agrees": True,
    "scale_outputs": False,
    "one_pass_is_as_good": False,
    "helps_when_underfitting": False,
}


# %% q16_prediction_time reject: restores the mode of the network as a whole
def deterministic(net, x):
    mode = net.training
    net.eval()
    with torch.no_grad():
        out = net(x)
    net.train(mode)
    return out


def mc_predict(net, x, n, seed):
    mode = net.training
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.train()
    torch.manual_seed(seed)
    with torch.no_grad():
        outs = torch.stack([net(x) for _ in range(n)])
    net.train(mode)
    return outs.mean(0), outs.std(0, unbiased=False)


prediction_facts = {
    "linear_mean_agrees": True,
    "sigmoid_mean_agrees": False,
    "scale_outputs": False,
    "one_pass_is_as_good": False,
    "helps_when_underfitting": False,
}


# %% q16_prediction_time reject: scales once more when dropout is off
def _keep(net):
    return math.prod(1 - module.p for module in net.modules() if isinstance(module, nn.Dropout))


def deterministic(net, x):
    modes = {module: module.training for module in net.modules()}
    net.eval()
    with torch.no_grad():
        out = net(x) * _keep(net)
    for module, mode in modes.items():
        module.training = mode
    return out


def mc_predict(net, x, n, seed):
    modes = {module: module.training for module in net.modules()}
    for module in modes:
        module.training = isinstance(module, nn.Dropout)
    torch.manual_seed(seed)
    with torch.no_grad():
        outs = torch.stack([net(x) for _ in range(n)])
    for module, mode in modes.items():
        module.training = mode
    return outs.mean(0), outs.std(0, unbiased=False)


prediction_facts = {
    "linear_mean_agrees": False,
    "sigmoid_mean_agrees": False,
    "scale_outputs": True,
    "one_pass_is_as_good": False,
    "helps_when_underfitting": True,
}


# %% q17_dropout_as_penalty accept: columns as units, and an augmented least-squares problem
def dropout_penalty(X, w, p):
    total = 0.0
    for j in range(X.shape[1]):
        total += w[j] ** 2 * (X[:, j] @ X[:, j])
    return total / (1 - p) - total


def fit(X, y, p, lam):
    rows = np.diag(np.sqrt((1 / (1 - p) - 1) * (X**2).sum(axis=0) + lam))
    return np.linalg.lstsq(np.vstack([X, rows]), np.append(y, np.zeros(X.shape[1])), rcond=None)[0]


def mask_loss(X, y, w, keep, p):
    r = np.where(keep, X, 0.0) @ w / (1 - p) - y
    return r @ r


pair_facts = {
    "same_as_ridge": False,
    "dropout_sees_units": False,
    "decay_sees_units": True,
    "dropout_fades": False,
    "decay_fades": True,
}


# %% q17_dropout_as_penalty reject: plain ridge, without the size of the inputs
def dropout_penalty(X, w, p):
    return float(p / (1 - p) * (w @ w))


def fit(X, y, p, lam):
    return np.linalg.solve(X.T @ X + (p / (1 - p) + lam) * np.eye(X.shape[1]), X.T @ y)


def mask_loss(X, y, w, keep, p):
    return float(np.sum(((X * keep / (1 - p)) @ w - y) ** 2))


pair_facts = {
    "same_as_ridge": True,
    "dropout_sees_units": True,
    "decay_sees_units": True,
    "dropout_fades": True,
    "decay_fades": True,
}


# %% q17_dropout_as_penalty reject: the survivors are not rescaled
def dropout_penalty(X, w, p):
    return float(p * (1 - p) * np.sum((X * w) ** 2))


def fit(X, y, p, lam):
    gram = X.T @ X
    return np.linalg.solve(gram + np.diag(p * (1 - p) * np.diag(gram) + lam), X.T @ y)


def mask_loss(X, y, w, keep, p):
    return float(np.sum(((X * keep) @ w - y) ** 2))


pair_facts = {
    "same_as_ridge": False,
    "dropout_sees_units": False,
    "decay_sees_units": True,
    "dropout_fades": False,
    "decay_fades": True,
}


# %% q17_dropout_as_penalty reject: ignores its dropout argument
def dropout_penalty(X, w, p):
    return float(np.sum((X * w) ** 2))


def fit(X, y, p, lam):
    return np.linalg.solve(X.T @ X + np.diag(np.diag(X.T @ X)) + lam * np.eye(X.shape[1]), X.T @ y)


def mask_loss(X, y, w, keep, p):
    return float(np.sum(((X * keep * 2) @ w - y) ** 2))


pair_facts = {
    "same_as_ridge": False,
    "dropout_sees_units": False,
    "decay_sees_units": False,
    "dropout_fades": False,
    "decay_fades": False,
}


# %% q18_dropping_weights accept: Bernoulli masks and einsum, covariances entry by entry
class DropConnect(nn.Linear):
    def __init__(self, n_in, n_out, p):
        super().__init__(n_in, n_out)
        self.rate = p

    def forward(self, x):
        if not self.training:
            return x @ self.weight.T + self.bias
        kept = torch.bernoulli(torch.full((x.shape[0], *self.weight.shape), 1.0 - self.rate))
        return torch.einsum("bi,oi,boi->bo", x, self.weight, kept) / (1 - self.rate) + self.bias


def noise_covariance(W, h, p, kind):
    size = len(W)
    result = np.zeros((size, size))
    for a in range(size):
        for b in range(size):
            if a == b or kind == "activation":
                result[a, b] = sum(W[a, j] * W[b, j] * h[j] ** 2 for j in range(len(h))) * p / (1 - p)
    return result


def mask_entries(batch, n_in, n_out, kind):
    return batch * n_in if kind == "activation" else batch * n_in * n_out


drop_facts = {"same_mean": True, "same_variance": True, "same_joint": False, "errors_linked": True}


# %% q18_dropping_weights reject: one mask for the whole batch
class DropConnect(nn.Linear):
    def __init__(self, n_in, n_out, p):
        super().__init__(n_in, n_out)
        self.p = p

    def forward(self, x):
        return F.linear(x, F.dropout(self.weight, self.p, self.training), self.bias)


def noise_covariance(W, h, p, kind):
    joint = p / (1 - p) * (W * h) @ (W * h).T
    return joint if kind == "activation" else np.diag(np.diag(joint))


def mask_entries(batch, n_in, n_out, kind):
    return batch * n_in if kind == "activation" else n_in * n_out


drop_facts = {"same_mean": True, "same_variance": True, "same_joint": False, "errors_linked": True}


# %% q18_dropping_weights reject: drops whole columns, so that both ways are the same
class DropConnect(nn.Linear):
    def __init__(self, n_in, n_out, p):
        super().__init__(n_in, n_out)
        self.p = p

    def forward(self, x):
        return F.linear(F.dropout(x, self.p, self.training), self.weight, self.bias)


def noise_covariance(W, h, p, kind):
    return p / (1 - p) * (W * h) @ (W * h).T


def mask_entries(batch, n_in, n_out, kind):
    return batch * n_in


drop_facts = {"same_mean": True, "same_variance": True, "same_joint": True, "errors_linked": False}


# %% q18_dropping_weights reject: no rescaling, and the bias is dropped too
class DropConnect(nn.Linear):
    def __init__(self, n_in, n_out, p):
        super().__init__(n_in, n_out)
        self.p = p

    def forward(self, x):
        if not self.training:
            return F.linear(x, self.weight * (1 - self.p), self.bias)
        kept = torch.rand(len(x), *self.weight.shape) >= self.p
        bias = self.bias * (torch.rand(len(x), len(self.bias)) >= self.p)
        return ((self.weight * kept) @ x[:, :, None])[:, :, 0] + bias


def noise_covariance(W, h, p, kind):
    joint = p * (1 - p) * (W * h) @ (W * h).T
    return joint if kind == "activation" else np.diag(np.diag(joint))


def mask_entries(batch, n_in, n_out, kind):
    return batch * n_in if kind == "activation" else batch * n_in * n_out


drop_facts = {"same_mean": True, "same_variance": True, "same_joint": False, "errors_linked": True}


# %% q19_three_values accept: moments from the three outcomes, and one uniform number for each entry
def three_gamma(p1, p2):
    return 1 / ((1 - p1) * p2 / 2 + (1 - p1) * (1 - p2))


def three_variance(p1, p2):
    g = three_gamma(p1, p2)
    return p1 + (1 - p1) * p2 * (g / 2 - 1) ** 2 + (1 - p1) * (1 - p2) * (g - 1) ** 2


class ThreeDropout(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.edges = p1, p1 + (1 - p1) * p2
        self.gamma = three_gamma(p1, p2)

    def forward(self, x):
        if self.training:
            u = torch.rand(x.shape)
            levels = (u >= self.edges[0]).to(x.dtype) + (u >= self.edges[1]).to(x.dtype)
            x = x * levels * (self.gamma / 2)
        return x


def rate_for_noise(p1, variance):
    low, high = 0.0, 2 / 3
    while high - low > 1e-15:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if three_variance(p1, middle) < variance:
            low = middle
        else:
            high = middle
    return high


three_facts = {"quieter": False, "ordinary_inside": True, "noise_apart_from_zeros": True, "sum_of_rates": False}


# %% q19_three_values reject: the factor of ordinary dropout, whatever p2 is
def three_gamma(p1, p2):
    return 1 / (1 - p1)


def three_variance(p1, p2):
    return p1 / (1 - p1)


class ThreeDropout(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.p1, self.p2 = p1, p2

    def forward(self, x):
        if not self.training:
            return x
        level = (torch.rand_like(x) >= self.p1) * (1 - (torch.rand_like(x) < self.p2) * 0.5)
        return x * level / (1 - self.p1)


def rate_for_noise(p1, variance):
    return 0.0


three_facts = {"quieter": False, "ordinary_inside": True, "noise_apart_from_zeros": False, "sum_of_rates": False}


# %% q19_three_values reject: reads p2 as the probability of gamma / 2 outright, and claims less noise
def three_gamma(p1, p2):
    return 1 / (1 - p1 - p2 / 2)


def three_variance(p1, p2):
    g = three_gamma(p1, p2)
    return p2 * g**2 / 4 + (1 - p1 - p2) * g**2 - 1


class ThreeDropout(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.p1, self.p2 = p1, p2

    def forward(self, x):
        if not self.training:
            return x
        u = torch.rand_like(x)
        level = (u >= self.p1) * 0.5 + (u >= self.p1 + self.p2) * 0.5
        return x * level * three_gamma(self.p1, self.p2)


def rate_for_noise(p1, variance):
    return 2 / 3


three_facts = {"quieter": True, "ordinary_inside": True, "noise_apart_from_zeros": True, "sum_of_rates": True}


# %% q19_three_values reject: the larger of the two rates, and one factor for each row
def three_gamma(p1, p2):
    return 2 / ((1 - p1) * (2 - p2))


def three_variance(p1, p2):
    return (4 - 3 * p2) / ((1 - p1) * (2 - p2) ** 2) - 1


class ThreeDropout(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.p1, self.p2 = p1, p2

    def forward(self, x):
        if not self.training:
            return x
        shape = (len(x), *[1] * (x.dim() - 1))
        level = (torch.rand(shape) >= self.p1) * (1 - (torch.rand(shape) < self.p2) * 0.5)
        return x * level.to(x.dtype) * three_gamma(self.p1, self.p2)


def rate_for_noise(p1, variance):
    a = (1 - p1) * (1 + variance)
    return 2 - (3 - math.sqrt(9 - 8 * a)) / (2 * a)


three_facts = {"quieter": False, "ordinary_inside": True, "noise_apart_from_zeros": True, "sum_of_rates": False}


# %% q20_train_with_dropout accept: layers appended one by one, and losses from logsumexp
def dropout_mlp(p1, p2, width):
    net, n_in = nn.Sequential(), 20
    for rate in (p1, p2):
        for layer in (nn.Linear(n_in, width), nn.ReLU(inplace=True), nn.Dropout(rate)):
            net.append(layer)
        n_in = width
    return net.append(nn.Linear(n_in, 2))


def evaluate(net, X, y):
    was_training = net.training
    try:
        logits = net.train(False)(X).detach()
    finally:
        net.train(was_training)
    losses = logits.logsumexp(1) - logits.gather(1, y.view(-1, 1)).view(-1)
    return float(losses.mean()), int((logits.max(1).indices == y).sum()) / len(y)


def learning_curve(p1, p2, decay, steps, seed, data):
    torch.manual_seed(seed)
    net, criterion = dropout_mlp(p1, p2, 32), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=decay)
    done, curve = 0, np.empty((len(steps), 4))
    for row, until in enumerate(steps):
        while done < until:
            net.zero_grad()
            criterion(net(data[0]), data[1]).backward()
            optimizer.step()
            done += 1
        curve[row, 0::2] = evaluate(net, *data[:2])
        curve[row, 1::2] = evaluate(net, *data[2:])
    return curve


# %% q20_train_with_dropout reject: measures with dropout on
def dropout_mlp(p1, p2, width):
    first = nn.Linear(20, width), nn.ReLU(), nn.Dropout(p1)
    return nn.Sequential(*first, nn.Linear(width, width), nn.ReLU(), nn.Dropout(p2), nn.Linear(width, 2))


def evaluate(net, X, y):
    with torch.no_grad():
        logits = net(X)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def learning_curve(p1, p2, decay, steps, seed, data):
    torch.manual_seed(seed)
    net = dropout_mlp(p1, p2, 32)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=decay)
    rows = []
    for step in range(1, steps[-1] + 1):
        optimizer.zero_grad()
        F.cross_entropy(net(data[0]), data[1]).backward()
        optimizer.step()
        if step in steps:
            (a, b), (c, d) = evaluate(net, *data[:2]), evaluate(net, *data[2:])
            rows.append([a, c, b, d])
    return np.array(rows)


# %% q20_train_with_dropout reject: stays in evaluation mode, so that dropout is gone after the first measurement
def dropout_mlp(p1, p2, width):
    first = nn.Linear(20, width), nn.ReLU(), nn.Dropout(p1)
    return nn.Sequential(*first, nn.Linear(width, width), nn.ReLU(), nn.Dropout(p2), nn.Linear(width, 2))


def evaluate(net, X, y):
    net.eval()
    with torch.no_grad():
        logits = net(X)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def learning_curve(p1, p2, decay, steps, seed, data):
    torch.manual_seed(seed)
    net = dropout_mlp(p1, p2, 32)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=decay)
    rows = []
    for step in range(1, steps[-1] + 1):
        optimizer.zero_grad()
        F.cross_entropy(net(data[0]), data[1]).backward()
        optimizer.step()
        if step in steps:
            (a, b), (c, d) = evaluate(net, *data[:2]), evaluate(net, *data[2:])
            rows.append([a, c, b, d])
    return np.array(rows)


# %% q20_train_with_dropout reject: p as the probability of keeping, and one more dropout on the logits
def dropout_mlp(p1, p2, width):
    first = nn.Linear(20, width), nn.ReLU(), nn.Dropout(1 - p1)
    second = nn.Linear(width, width), nn.ReLU(), nn.Dropout(1 - p2)
    return nn.Sequential(*first, *second, nn.Linear(width, 2), nn.Dropout(1 - p2))


def evaluate(net, X, y):
    mode = net.training
    net.eval()
    with torch.no_grad():
        logits = net(X)
    net.train(mode)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def learning_curve(p1, p2, decay, steps, seed, data):
    torch.manual_seed(seed)
    net = dropout_mlp(p1, p2, 32)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=decay)
    rows = []
    for step in range(1, steps[-1] + 1):
        optimizer.zero_grad()
        F.cross_entropy(net(data[0]), data[1]).backward()
        optimizer.step()
        if step in steps:
            (a, b), (c, d) = evaluate(net, *data[:2]), evaluate(net, *data[2:])
            rows.append([a, c, b, d])
    return np.array(rows)


# %% q21_when_dropout_helps accept: sums seed by seed
def mean_result(run, settings, seeds):
    totals = {}
    for seed in seeds:
        for key, value in run(seed=seed, **settings).items():
            totals[key] = totals.get(key, 0.0) + float(value)
    return {key: total / len(list(seeds)) for key, total in totals.items()}


def gap_reduction(run, widths, p, seeds):
    table = np.zeros((len(widths), 3))
    for i, width in enumerate(widths):
        for seed in seeds:
            for column, rate in enumerate([0.0, p]):
                result = run(width=width, p1=rate, p2=rate, seed=seed)
                table[i, column] += (result["train_accuracy"] - result["test_accuracy"]) / len(seeds)
    table[:, 2] = table[:, 0] - table[:, 1]
    return table


dropout_facts = {
    "order_matters": False,
    "learns_at_ninety": False,
    "slow_start": True,
    "lower_test_loss": True,
    "prevents_for_ever": False,
    "both_best": True,
    "more_units_more_gain": False,
    "gain_needs_a_gap": True,
}


# %% q21_when_dropout_helps reject: compares training accuracies, and reads off a law
def mean_result(run, settings, seeds):
    results = [run(**settings, seed=seed) for seed in seeds]
    return {key: sum(result[key] for result in results) / len(seeds) for key in results[0]}


def gap_reduction(run, widths, p, seeds):
    rows = []
    for width in widths:
        a, b = (mean_result(run, dict(width=width, p1=q, p2=q), seeds)["train_accuracy"] for q in (0.0, p))
        rows.append([a, b, a - b])
    return np.array(rows)


dropout_facts = {
    "order_matters": False,
    "learns_at_ninety": False,
    "slow_start": True,
    "lower_test_loss": True,
    "prevents_for_ever": False,
    "both_best": True,
    "more_units_more_gain": True,
    "gain_needs_a_gap": True,
}


# %% q21_when_dropout_helps reject: dropout behind the second layer only, so that more layers leave nothing to gain
def mean_result(run, settings, seeds):
    results = [run(**settings, seed=seed) for seed in seeds]
    return {key: sum(result[key] for result in results) / len(seeds) for key in results[0]}


def gap_reduction(run, widths, p, seeds):
    rows = []
    for width in widths:
        means = [mean_result(run, dict(width=width, p1=0.0, p2=q), seeds) for q in (0.0, p)]
        a, b = (mean["train_accuracy"] - mean["test_accuracy"] for mean in means)
        rows.append([a, b, a - b])
    return np.array(rows)


dropout_facts = {
    "order_matters": True,
    "learns_at_ninety": True,
    "slow_start": True,
    "lower_test_loss": False,
    "prevents_for_ever": True,
    "both_best": False,
    "more_units_more_gain": False,
    "gain_needs_a_gap": False,
}


# %% q21_when_dropout_helps reject: looks after ten steps only, and ignores the rate
def mean_result(run, settings, seeds):
    return run(**settings, seed=seeds[0])


def gap_reduction(run, widths, p, seeds):
    rows = []
    for width in widths:
        means = [mean_result(run, dict(width=width, p1=0.5, p2=0.5), seeds) for q in (0.0, p)]
        a, b = (mean["train_accuracy"] - mean["test_accuracy"] for mean in means)
        rows.append([a, b, a - b])
    return np.array(rows)


dropout_facts = {
    "order_matters": False,
    "learns_at_ninety": False,
    "slow_start": True,
    "lower_test_loss": False,
    "prevents_for_ever": False,
    "both_best": False,
    "more_units_more_gain": False,
    "gain_needs_a_gap": True,
}
# %% q1_gaussian_prior equivalent: residuals enter squared, so their sign does not matter
# swapped-operands-83a6b7

# %% q2_other_priors equivalent: one example, for which sum and mean are the same, and n does not enter the sum
# wrong-constant-70e33c
# flipped-boolean-872135

# %% q4_weight_decay equivalent: H is symmetric
# swapped-operands-fd5bb4

# %% q13_dropout equivalent: a uniform number equals the rate with probability 2**-24 at most
# wrong-boundary-10433a

# %% q14_dropout_twice equivalent: the rates are a list, so that both calls make a new array
# dropped-copy-818061

# %% q19_three_values equivalent: a uniform number equals a rate with probability 2**-24 at most
# wrong-boundary-da50f5
# wrong-boundary-7a8706

# %% q7_penalty_sweep equivalent: the inner product of two vectors, the other way round
# swapped-operands-3498eb

# %% q8_choosing_lambda equivalent: lists of numbers, of which both calls make new arrays
# dropped-copy-88d3b2
# dropped-copy-1858a5

# %% q11_input_noise equivalent: inner products of two vectors, the other way round
# swapped-operands-17ae06
# swapped-operands-4b9b35

# %% q20_train_with_dropout equivalent: floats come out; a step behind the last row shows nowhere; Adam cancels a factor
# dropped-no-grad-0467e3
# wrong-constant-85ef38
# wrong-loss-reduction-1c657a
# dropped-copy-2f6082

# %% q15_before_or_after equivalent: no gap is exactly 1e-4
# wrong-boundary-fa2c80

# %% q21_when_dropout_helps equivalent: lists of numbers, of which both calls make new arrays
# dropped-copy-a9575b
