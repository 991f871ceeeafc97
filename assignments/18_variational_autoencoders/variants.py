# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_mixture_parameters accept: component by component, in plain Python
total_5, free_5 = 5 + 5 + 5, 4 + 5 + 5


def mixture_counts(n):
    return [n + n + n, (n - 1) + n + n]


def unpack(theta):
    means_and_logs = theta[(len(theta) - 2) // 3 :]
    logits = [float(v) for v in theta[: (len(theta) - 2) // 3]] + [0.0]
    norm = np.logaddexp.reduce(logits)
    mu, logs = np.split(means_and_logs, 2)
    return np.array([math.exp(v - norm) for v in logits]), mu, np.array([math.exp(v) for v in logs])


def mixture_pdf(x, lam, mu, var):
    if any(w < 0 for w in lam) or not math.isclose(math.fsum(lam), 1, rel_tol=0, abs_tol=1e-8) or any(var <= 0):
        raise ValueError("not a mixture")
    total = np.zeros(len(x))
    for weight, mean, spread in zip(lam, mu, np.sqrt(var)):
        total += weight / (spread * math.sqrt(2 * math.pi)) * np.exp(-0.5 * ((x - mean) / spread) ** 2)
    return total


# %% q1_mixture_parameters reject: all numbers are free
total_5, free_5 = 15, 15


def mixture_counts(n):
    return (3 * n, 3 * n) if n > 1 else (3, 2)


def unpack(theta):
    n = (len(theta) + 1) // 3
    logits = np.append(theta[: n - 1], 0.0)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum(), theta[n - 1 : 2 * n - 1], np.exp(theta[2 * n - 1 :])


def mixture_pdf(x, lam, mu, var):
    if np.any(lam < 0) or abs(lam.sum() - 1) > 1e-8 or np.any(var <= 0):
        raise ValueError
    return np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var) @ lam


# %% q1_mixture_parameters reject: softmax without care for large logits
total_5, free_5 = 15, 14


def mixture_counts(n):
    return 3 * n, 3 * n - 1


def unpack(theta):
    n = (len(theta) + 1) // 3
    weights = np.exp(np.append(theta[: n - 1], 0.0))
    return weights / weights.sum(), theta[n - 1 : 2 * n - 1], np.exp(theta[2 * n - 1 :])


def mixture_pdf(x, lam, mu, var):
    if np.any(lam < 0) or abs(lam.sum() - 1) > 1e-8 or np.any(var <= 0):
        raise ValueError
    return np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var) @ lam


# %% q1_mixture_parameters reject: positive weights are enough, a variance may be zero
total_5, free_5 = 15, 14


def mixture_counts(n):
    return 3 * n, 3 * n - 1


def unpack(theta):
    n = (len(theta) + 1) // 3
    logits = np.append(theta[: n - 1], 0.0)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum(), theta[n - 1 : 2 * n - 1], np.exp(theta[2 * n - 1 :])


def mixture_pdf(x, lam, mu, var):
    if np.any(lam <= 0) or np.any(var < 0):
        raise ValueError
    return np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var) @ lam


# %% q2_jensen accept: torch, autograd and central moments
def log_second_derivative(x):
    if not (x > 0).all():
        raise ValueError("outside the domain")
    v = torch.tensor(x, requires_grad=True)
    slope = torch.autograd.grad(v.log().sum(), v, create_graph=True)[0]
    return torch.autograd.grad(slope.sum(), v)[0].numpy()


def power_second_derivative(x, n):
    return math.perm(2 * n, 2) * np.square(x) ** (n - 1)


def log_gap(y, p):
    mean = sum(a * b for a, b in zip(y, p))
    return -sum(b * math.log(a / mean) for a, b in zip(y, p))


def power_gap(y, p, n):
    squares = np.square(y)
    return np.dot(p, squares**n) - np.square(np.dot(p, y)) ** n


jensen_facts = dict.fromkeys(
    ["log_bends_down_everywhere", "log_gap_only_zero_if_constant", "square_gap_is_variance"], True
)
for key in ("fourth_power_bends_up_everywhere", "odd_powers_too", "root_like_square"):
    jensen_facts[key] = False


# %% q2_jensen reject: sign of the second derivative of the log lost
def log_second_derivative(x):
    if np.any(x <= 0):
        raise ValueError
    return 1 / x**2


def power_second_derivative(x, n):
    return 2 * n * (2 * n - 1) * x ** (2 * n - 2)


def log_gap(y, p):
    return float(np.log(p @ y) - p @ np.log(y))


def power_gap(y, p, n):
    return float(p @ y ** (2 * n) - (p @ y) ** (2 * n))


jensen_facts = {"log_bends_down_everywhere": True, "log_gap_only_zero_if_constant": True}
jensen_facts |= {"fourth_power_bends_up_everywhere": False, "odd_powers_too": False}
jensen_facts |= {"square_gap_is_variance": True, "root_like_square": False}


# %% q2_jensen reject: power of the second derivative one too high
def log_second_derivative(x):
    if np.any(x <= 0):
        raise ValueError
    return -1 / x**2


def power_second_derivative(x, n):
    return np.full_like(x, 2.0) if n == 1 else 2 * n * (2 * n - 1) * x ** (2 * n - 1)


def log_gap(y, p):
    return float(np.log(p @ y) - p @ np.log(y))


def power_gap(y, p, n):
    return float(p @ y ** (2 * n) - (p @ y) ** (2 * n))


jensen_facts = {"log_bends_down_everywhere": True, "log_gap_only_zero_if_constant": True}
jensen_facts |= {"fourth_power_bends_up_everywhere": False, "odd_powers_too": False}
jensen_facts |= {"square_gap_is_variance": True, "root_like_square": False}


# %% q2_jensen reject: plain means in place of probabilities
def log_second_derivative(x):
    if np.any(x <= 0):
        raise ValueError
    return -1 / x**2


def power_second_derivative(x, n):
    return 2 * n * (2 * n - 1) * x ** (2 * n - 2)


def log_gap(y, p):
    return float(np.log(y.mean()) - np.log(y).mean())


def power_gap(y, p, n):
    return float((y ** (2 * n)).mean() - y.mean() ** (2 * n))


jensen_facts = {"log_bends_down_everywhere": True, "log_gap_only_zero_if_constant": True}
jensen_facts |= {"fourth_power_bends_up_everywhere": False, "odd_powers_too": False}
jensen_facts |= {"square_gap_is_variance": True, "root_like_square": False}


# %% q2_jensen reject: every power is convex, a root too
def log_second_derivative(x):
    if np.any(x <= 0):
        raise ValueError
    return -1 / x**2


def power_second_derivative(x, n):
    return 2 * n * (2 * n - 1) * x ** (2 * n - 2)


def log_gap(y, p):
    return float(np.log(p @ y) - p @ np.log(y))


def power_gap(y, p, n):
    return float(p @ y ** (2 * n) - (p @ y) ** (2 * n))


jensen_facts = {"log_bends_down_everywhere": True, "log_gap_only_zero_if_constant": True}
jensen_facts |= {"fourth_power_bends_up_everywhere": True, "odd_powers_too": True}
jensen_facts |= {"square_gap_is_variance": True, "root_like_square": True}


# %% q3_discrete_bound accept: loops and logarithms
def posterior(prior, lik):
    logs = [math.log(a) + math.log(b) for a, b in zip(prior, lik)]
    top = max(logs)
    total = sum(math.exp(v - top) for v in logs)
    return np.array([math.exp(v - top) / total for v in logs])


def elbo(q, prior, lik):
    fit = sum(a * math.log(b) for a, b in zip(q, lik))
    divergence = sum(a * math.log(a / b) for a, b in zip(q, prior) if a > 0)
    return fit - divergence


def gap(q, prior, lik):
    return sum(a * (math.log(a) - math.log(b)) for a, b in zip(q, posterior(prior, lik)) if a)


bound_facts = {"symmetric": False, "q_changes_evidence": False, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=False, prior_keeps_fit_only=True)


# %% q3_discrete_bound reject: the bracket of the source, log of a difference
def posterior(prior, lik):
    return prior * lik / (prior @ lik)


def gap(q, prior, lik):
    on = q > 0
    return float(q[on] @ np.log(q[on] / posterior(prior, lik)[on]))


def elbo(q, prior, lik):
    return float(np.log(prior @ lik - gap(q, prior, lik)))


bound_facts = {"symmetric": False, "q_changes_evidence": False, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=False, prior_keeps_fit_only=True)


# %% q3_discrete_bound reject: divergences from the wrong side
def posterior(prior, lik):
    return prior * lik / (prior @ lik)


def gap(q, prior, lik):
    after = posterior(prior, lik)
    return float(after @ np.log(after / q))


def elbo(q, prior, lik):
    return float(q @ np.log(lik) - prior @ np.log(prior / q))


bound_facts = {"symmetric": True, "q_changes_evidence": False, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=False, prior_keeps_fit_only=True)


# %% q3_discrete_bound reject: the divergence to the prior is added
def posterior(prior, lik):
    return prior * lik / (prior @ lik)


def gap(q, prior, lik):
    on = q > 0
    return float(q[on] @ np.log(q[on] / posterior(prior, lik)[on]))


def elbo(q, prior, lik):
    on = q > 0
    return float(q[on] @ (np.log(lik[on]) + np.log(q[on] / prior[on])))


bound_facts = {"symmetric": False, "q_changes_evidence": False, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=False, prior_keeps_fit_only=True)


# %% q3_discrete_bound reject: the gap as a difference of two large numbers
def posterior(prior, lik):
    return prior * lik / (prior @ lik)


def elbo(q, prior, lik):
    on = q > 0
    return float(q[on] @ np.log(lik[on] * prior[on] / q[on]))


def gap(q, prior, lik):
    return float(np.log(prior @ lik)) - elbo(q, prior, lik)


bound_facts = {"symmetric": False, "q_changes_evidence": False, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=False, prior_keeps_fit_only=True)


# %% q3_discrete_bound reject: thinks that a better q makes x more probable
def posterior(prior, lik):
    return prior * lik / (prior @ lik)


def elbo(q, prior, lik):
    on = q > 0
    return float(q[on] @ np.log(lik[on] * prior[on] / q[on]))


def gap(q, prior, lik):
    on = q > 0
    return float(q[on] @ np.log(q[on] / posterior(prior, lik)[on]))


bound_facts = {"symmetric": False, "q_changes_evidence": True, "best_q_is_posterior": True}
bound_facts.update(tight_elsewhere=True, prior_keeps_fit_only=True)


# %% q4_linear_gaussian accept: torch.distributions, precisions, evidence from Bayes' rule
from torch.distributions import Normal, kl_divergence


def density(mean, var):
    return Normal(torch.tensor(float(mean), dtype=torch.float64), math.sqrt(var))


def true_posterior(x, w, s2):
    precision = 1 + w * w / s2
    return (w / s2 * x / precision, 1 / precision)


def log_evidence(x, w, s2):
    x = torch.tensor(x, dtype=torch.float64)
    zero = torch.tensor(0.0, dtype=torch.float64)
    joint = density(0, 1).log_prob(zero) + density(0, s2).log_prob(x)
    return (joint - density(*true_posterior(x, w, s2)).log_prob(zero)).item()


def gaussian_elbo(x, w, s2, m, v):
    fit = density(w * m, s2).log_prob(torch.tensor(x, dtype=torch.float64)) - w * w * v / (2 * s2)
    return (fit - kl_divergence(density(m, v), density(0, 1))).item()


# %% q4_linear_gaussian reject: likelihood taken at the mean of q only
def log_evidence(x, w, s2):
    var = w**2 + s2
    return -0.5 * (math.log(2 * math.pi * var) + x**2 / var)


def true_posterior(x, w, s2):
    return w * x / (w**2 + s2), s2 / (w**2 + s2)


def gaussian_elbo(x, w, s2, m, v):
    fit = -0.5 * (math.log(2 * math.pi * s2) + (x - w * m) ** 2 / s2)
    return fit - 0.5 * (m**2 + v - 1 - math.log(v))


# %% q4_linear_gaussian reject: s2 taken for a standard deviation
def log_evidence(x, w, s2):
    var = w**2 + s2**2
    return -0.5 * (math.log(2 * math.pi * var) + x**2 / var)


def true_posterior(x, w, s2):
    return w * x / (w**2 + s2**2), s2**2 / (w**2 + s2**2)


def gaussian_elbo(x, w, s2, m, v):
    fit = -0.5 * (math.log(2 * math.pi * s2**2) + ((x - w * m) ** 2 + w**2 * v) / s2**2)
    return fit - 0.5 * (m**2 + v - 1 - math.log(v))


# %% q4_linear_gaussian reject: noise left out of the evidence, posterior mean x / w
def log_evidence(x, w, s2):
    return -0.5 * (math.log(2 * math.pi * (w + s2)) + x**2 / (w + s2))


def true_posterior(x, w, s2):
    return w * x / (w + s2), s2 / (w + s2)


def gaussian_elbo(x, w, s2, m, v):
    fit = -0.5 * (math.log(2 * math.pi * s2) + ((x - w * m) ** 2 + w**2 * v) / s2)
    return fit - 0.5 * (m**2 + v - 1 - math.log(v))


# %% q5_em_steps accept: point by point, moments about zero
def e_step(x, lam, mu, var):
    rows = []
    for point in x:
        logs = [math.log(a) - math.log(v) / 2 - (point - m) ** 2 / v / 2 for a, m, v in zip(lam, mu, var)]
        rows.append([1 / sum(math.exp(min(other - own, 700)) for other in logs) for own in logs])
    rows = np.array(rows)
    return rows / rows.sum(1)[:, None]


def m_step(x, r):
    lam = r.mean(0)
    mu = np.array([np.average(x, weights=column) for column in r.T])
    var = np.array([np.average(np.square(x - m), weights=column) for m, column in zip(mu, r.T)])
    return lam, mu, var


def fit_mixture(x, lam, mu, var, steps):
    state = (lam, mu, var)
    while steps > 0:
        state, steps = m_step(x, e_step(x, *state)), steps - 1
    return state


# %% q5_em_steps reject: weights left out of the posterior
def e_step(x, lam, mu, var):
    logs = -0.5 * np.log(var) - (x[:, None] - mu) ** 2 / (2 * var)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def m_step(x, r):
    size = r.sum(axis=0)
    mu = r.T @ x / size
    return size / len(x), mu, (r * (x[:, None] - mu) ** 2).sum(axis=0) / size


def fit_mixture(x, lam, mu, var, steps):
    for _ in range(steps):
        lam, mu, var = m_step(x, e_step(x, lam, mu, var))
    return lam, mu, var


# %% q5_em_steps reject: densities that vanish far away
def e_step(x, lam, mu, var):
    joint = lam * np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(var)
    return joint / joint.sum(axis=1, keepdims=True)


def m_step(x, r):
    size = r.sum(axis=0)
    mu = r.T @ x / size
    return size / len(x), mu, (r * (x[:, None] - mu) ** 2).sum(axis=0) / size


def fit_mixture(x, lam, mu, var, steps):
    for _ in range(steps):
        lam, mu, var = m_step(x, e_step(x, lam, mu, var))
    return lam, mu, var


# %% q5_em_steps reject: posteriors normalised over the points
def e_step(x, lam, mu, var):
    joint = lam * np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(var)
    return joint / joint.sum(axis=0)


def m_step(x, r):
    size = r.sum(axis=0)
    mu = r.T @ x / size
    return size / len(x), mu, (r * (x[:, None] - mu) ** 2).sum(axis=0) / size


def fit_mixture(x, lam, mu, var, steps):
    for _ in range(steps):
        lam, mu, var = m_step(x, e_step(x, lam, mu, var))
    return lam, mu, var


# %% q5_em_steps reject: variance divided by the number of all points
def e_step(x, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(var) - (x[:, None] - mu) ** 2 / (2 * var)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def m_step(x, r):
    size = r.sum(axis=0)
    mu = r.T @ x / size
    return size / len(x), mu, (r * (x[:, None] - mu) ** 2).mean(axis=0)


def fit_mixture(x, lam, mu, var, steps):
    for _ in range(steps):
        lam, mu, var = m_step(x, e_step(x, lam, mu, var))
    return lam, mu, var


# %% q5_em_steps reject: the run takes the variance about the old mean
def e_step(x, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(var) - (x[:, None] - mu) ** 2 / (2 * var)
    joint = np.exp(logs - logs.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def m_step(x, r):
    size = r.sum(axis=0)
    mu = r.T @ x / size
    return size / len(x), mu, (r * (x[:, None] - mu) ** 2).sum(axis=0) / size


def fit_mixture(x, lam, mu, var, steps):
    for _ in range(steps):
        r = e_step(x, lam, mu, var)
        var = (r * (x[:, None] - mu) ** 2).sum(axis=0) / r.sum(axis=0)
        lam, mu, _ = m_step(x, r)
    return lam, mu, var


# %% q6_em_bound accept: torch.distributions; likelihood as bound at the posterior
def bound(x, r, lam, mu, var):
    parts = torch.distributions.Normal(torch.tensor(mu), torch.tensor(var).sqrt())
    logs = parts.log_prob(torch.tensor(x)[:, None]) + torch.tensor(lam).log()
    r = torch.tensor(r)
    return (r * logs).sum().item() - torch.special.xlogy(r, r).sum().item()


def log_likelihood(x, lam, mu, var):
    parts = torch.distributions.Normal(torch.tensor(mu), torch.tensor(var).sqrt())
    logs = parts.log_prob(torch.tensor(x)[:, None]) + torch.tensor(lam).log()
    return bound(x, torch.softmax(logs, 1).numpy(), lam, mu, var)


def weight_slopes(r, lam):
    return np.array([sum(column) / weight for column, weight in zip(r.T, lam)])


def multiplier(r):
    return r.sum()


em_facts = {key: key == "touches" for key in ["touches", "may_fall", "any_start"]}
em_facts |= {"likelihood_has_a_top": False, "old_mean_may_fall": False}


# %% q6_em_bound reject: entropy of r left out
def log_likelihood(x, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.logaddexp.reduce(logs, axis=1).sum())


def bound(x, r, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float((r * logs).sum())


def weight_slopes(r, lam):
    return r.sum(axis=0) / lam


def multiplier(r):
    return float(len(r))


em_facts = {"touches": True, "may_fall": False, "any_start": False}
em_facts |= {"likelihood_has_a_top": False, "old_mean_may_fall": False}


# %% q6_em_bound reject: mean over the points, multiplier 1
def log_likelihood(x, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.logaddexp.reduce(logs, axis=1).mean())


def bound(x, r, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.where(r > 0, r * (logs - np.log(np.maximum(r, 1e-300))), 0).sum(axis=1).mean())


def weight_slopes(r, lam):
    return r.mean(axis=0) / lam


def multiplier(r):
    return 1.0


em_facts = {"touches": True, "may_fall": False, "any_start": False}
em_facts |= {"likelihood_has_a_top": False, "old_mean_may_fall": False}


# %% q6_em_bound reject: EM finds the global maximum, and there is one
def log_likelihood(x, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.logaddexp.reduce(logs, axis=1).sum())


def bound(x, r, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.where(r > 0, r * (logs - np.log(np.maximum(r, 1e-300))), 0).sum())


def weight_slopes(r, lam):
    return r.sum(axis=0) / lam


def multiplier(r):
    return float(len(r))


em_facts = {"touches": True, "may_fall": False, "any_start": True}
em_facts |= {"likelihood_has_a_top": True, "old_mean_may_fall": True}


# %% q6_em_bound reject: density before logarithm, infinite far away
def log_likelihood(x, lam, mu, var):
    parts = np.exp(-((x[:, None] - mu) ** 2) / (2 * var)) / np.sqrt(2 * math.pi * var)
    return float(np.log(parts @ lam).sum())


def bound(x, r, lam, mu, var):
    logs = np.log(lam) - 0.5 * np.log(2 * math.pi * var) - (x[:, None] - mu) ** 2 / (2 * var)
    return float(np.where(r > 0, r * (logs - np.log(np.maximum(r, 1e-300))), 0).sum())


def weight_slopes(r, lam):
    return r.sum(axis=0) / lam


def multiplier(r):
    return float(len(r))


em_facts = {"touches": True, "may_fall": False, "any_start": False}
em_facts |= {"likelihood_has_a_top": False, "old_mean_may_fall": False}


# %% q7_vae_loss accept: torch.distributions
from torch.distributions import Normal, kl_divergence


def sample_code(mu, logvar, eps):
    return torch.addcmul(mu, logvar.mul(0.5).exp(), eps)


def kl_to_standard(mu, logvar):
    spread = logvar.mul(0.5).exp()
    trace = (spread * spread + mu * mu - 1).sum(-1)
    return (trace - logvar.sum(-1)) / 2


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    each = nn.functional.mse_loss(x_rec, x, reduction="sum") / (2 * s2) + beta * kl_to_standard(mu, logvar).sum()
    return each / x.shape[0]


# %% q7_vae_loss reject: logvar taken for the logarithm of the standard deviation
def sample_code(mu, logvar, eps):
    return mu + torch.exp(logvar) * eps


def kl_to_standard(mu, logvar):
    return 0.5 * (mu**2 + torch.exp(2 * logvar) - 1 - 2 * logvar).sum(dim=1)


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    return (((x - x_rec) ** 2).sum(dim=1) / (2 * s2) + beta * kl_to_standard(mu, logvar)).mean()


# %% q7_vae_loss reject: divergence averaged over the dimensions of the code
def sample_code(mu, logvar, eps):
    return mu + torch.exp(logvar / 2) * eps


def kl_to_standard(mu, logvar):
    return 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).mean(dim=1)


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    return (((x - x_rec) ** 2).sum(dim=1) / (2 * s2) + beta * kl_to_standard(mu, logvar)).mean()


# %% q7_vae_loss reject: squared error averaged over the pixels
def sample_code(mu, logvar, eps):
    return mu + torch.exp(logvar / 2) * eps


def kl_to_standard(mu, logvar):
    return 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    return (((x - x_rec) ** 2).mean(dim=1) / (2 * s2) + beta * kl_to_standard(mu, logvar)).mean()


# %% q7_vae_loss reject: codes are cut off from the encoder
def sample_code(mu, logvar, eps):
    return (mu + torch.exp(logvar / 2) * eps).detach().requires_grad_()


def kl_to_standard(mu, logvar):
    return 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)


def vae_loss(x, x_rec, mu, logvar, s2, beta):
    return (((x - x_rec) ** 2).sum(dim=1) / (2 * s2) + beta * kl_to_standard(mu, logvar)).mean()


# %% q8_score_function accept: Jacobian of the log-density, then the average; gradient as a covariance
def score_gradient(values, x, phi, log_prob):
    scores = torch.autograd.functional.jacobian(lambda p: log_prob(x, p), phi)
    return values @ scores / len(values)


def categorical_gradient(logits, values):
    p = torch.exp(logits - torch.logsumexp(logits, 0))
    covariance = torch.diag(p) - torch.outer(p, p)
    return covariance @ values


# %% q8_score_function reject: the bare sum of the source, without 1 / I
def score_gradient(values, x, phi, log_prob):
    at = phi.clone().requires_grad_()
    return torch.autograd.grad((values * log_prob(x, at)).sum() / 2, at)[0] * (2 if len(x) != 2 else 1)


def categorical_gradient(logits, values):
    p = torch.softmax(logits, dim=0)
    return p * (values - p @ values)


# %% q8_score_function reject: gradient of the density in place of its logarithm
def score_gradient(values, x, phi, log_prob):
    at = phi.clone().requires_grad_()
    return torch.autograd.grad((values * log_prob(x, at).exp()).mean(), at)[0]


def categorical_gradient(logits, values):
    p = torch.softmax(logits, dim=0)
    return p * (values - p @ values)


# %% q8_score_function reject: average value times average score
def score_gradient(values, x, phi, log_prob):
    at = phi.clone().requires_grad_()
    return values.mean() * torch.autograd.grad(log_prob(x, at).mean(), at)[0]


def categorical_gradient(logits, values):
    p = torch.softmax(logits, dim=0)
    return p * (values - p @ values)


# %% q8_score_function reject: gradient left in phi, normaliser of the softmax held fixed
def score_gradient(values, x, phi, log_prob):
    phi.requires_grad_()
    (values * log_prob(x, phi)).mean().backward()
    return phi.grad


def categorical_gradient(logits, values):
    return torch.softmax(logits, dim=0) * (values - values.mean())


# %% q9_two_gradients accept: torch for the scores, a line of least squares for the baseline
def score_terms(f, mu, sigma, eps):
    at = torch.tensor([mu, sigma], dtype=torch.float64)
    x = mu + sigma * torch.tensor(eps)
    jacobian = torch.autograd.functional.jacobian
    scores = jacobian(lambda p: -((x - p[0]) ** 2) / (2 * p[1] ** 2) - torch.log(p[1]), at)
    return f(x.numpy())[:, None] * scores.numpy()


def path_terms(slope, mu, sigma, eps):
    return slope(mu + sigma * eps)[:, None] * np.column_stack([np.ones(len(eps)), eps])


def best_baseline(values, score):
    weights = score * score
    return np.average(values, weights=weights)


gradient_facts = dict(same_mean=True, score_handles_steps=True, score_suffers_from_small_sigma=True)
gradient_facts |= dict(path_handles_steps=False, baseline_biases=False, path_always_quieter=False)


# %% q9_two_gradients reject: normaliser of the normal density forgotten
def score_terms(f, mu, sigma, eps):
    values = f(mu + sigma * eps)
    return np.stack([values * eps / sigma, (values - values * (sigma == 2)) * eps**2 / sigma], axis=1)


def path_terms(slope, mu, sigma, eps):
    slopes = slope(mu + sigma * eps)
    return np.stack([slopes, slopes * eps], axis=1)


def best_baseline(values, score):
    return float(values @ score**2 / (score @ score))


gradient_facts = dict(same_mean=True, score_handles_steps=True, score_suffers_from_small_sigma=True)
gradient_facts |= dict(path_handles_steps=False, baseline_biases=False, path_always_quieter=False)


# %% q9_two_gradients reject: the mean of f as the best baseline
def score_terms(f, mu, sigma, eps):
    values = f(mu + sigma * eps)
    return np.stack([values * eps, values * (eps**2 - 1)], axis=1) / sigma


def path_terms(slope, mu, sigma, eps):
    slopes = slope(mu + sigma * eps)
    return np.stack([slopes, slopes * eps], axis=1)


def best_baseline(values, score):
    return float(values.mean())


gradient_facts = dict(same_mean=True, score_handles_steps=True, score_suffers_from_small_sigma=True)
gradient_facts |= dict(path_handles_steps=False, baseline_biases=False, path_always_quieter=False)


# %% q9_two_gradients reject: reparameterisation works for everything and always better
def score_terms(f, mu, sigma, eps):
    values = f(mu + sigma * eps)
    return np.stack([values * eps, values * (eps**2 - 1)], axis=1) / sigma


def path_terms(slope, mu, sigma, eps):
    slopes = slope(mu + sigma * eps)
    return np.stack([slopes, slopes * eps], axis=1)


def best_baseline(values, score):
    return float(values @ score**2 / (score @ score))


gradient_facts = dict(same_mean=True, score_handles_steps=True, score_suffers_from_small_sigma=True)
gradient_facts |= dict(path_handles_steps=True, baseline_biases=True, path_always_quieter=True)


# %% q9_two_gradients reject: the derivative of f multiplies the score
def score_terms(f, mu, sigma, eps):
    values = f(mu + sigma * eps)
    return np.stack([values * eps, values * (eps**2 - 1)], axis=1) / sigma


def path_terms(slope, mu, sigma, eps):
    slopes = slope(mu + sigma * eps)
    return np.stack([slopes, slopes * eps * sigma / 2], axis=1)


def best_baseline(values, score):
    return float((values @ score) / score.sum()) if score.sum() else 0.0


gradient_facts = dict(same_mean=True, score_handles_steps=True, score_suffers_from_small_sigma=True)
gradient_facts |= dict(path_handles_steps=False, baseline_biases=False, path_always_quieter=False)


# %% q10_kl_weight accept: precisions, law of total covariance by np.cov
def best_code(x, w, s2, beta):
    if beta == 0:
        return x / w, 0.0
    precision = 1 + w * w / (beta * s2)
    return w * x / (beta * s2) / precision, 1 / precision


def reconstruction_error(x, w, s2, beta):
    m, v = best_code(x, w, s2, beta)
    return x * x - 2 * x * w * m + w * w * (m * m + v)


def aggregate_moments(mu, var):
    second = np.einsum("ni,nj->ij", mu, mu) / len(mu) + np.diag(np.mean(var, 0))
    mean = np.mean(mu, 0)
    return mean, second - np.outer(mean, mean)


weight_facts = {"less_weight_less_error": True, "no_weight_no_noise": True, "much_weight_hides_x": True}
weight_facts |= {"one_matches_prior": True, "each_matches_prior": False, "none_matches_prior": False}


# %% q10_kl_weight reject: covariance of the means only
def best_code(x, w, s2, beta):
    total = w**2 + beta * s2
    return w * x / total, beta * s2 / total


def reconstruction_error(x, w, s2, beta):
    m, v = best_code(x, w, s2, beta)
    return (x - w * m) ** 2 + w**2 * v


def aggregate_moments(mu, var):
    away = mu - mu.mean(axis=0)
    return mu.mean(axis=0), away.T @ away / len(mu) + 0.5 * (len(mu) == 2)


weight_facts = {"less_weight_less_error": True, "no_weight_no_noise": True, "much_weight_hides_x": True}
weight_facts |= {"one_matches_prior": True, "each_matches_prior": False, "none_matches_prior": False}


# %% q10_kl_weight reject: the weight in front of the wrong term
def best_code(x, w, s2, beta):
    total = beta * w**2 + s2
    return beta * w * x / total, s2 / total


def reconstruction_error(x, w, s2, beta):
    m, v = best_code(x, w, s2, beta)
    return (x - w * m) ** 2 + w**2 * v


def aggregate_moments(mu, var):
    away = mu - mu.mean(axis=0)
    return mu.mean(axis=0), away.T @ away / len(mu) + np.diag(var.mean(axis=0))


weight_facts = {"less_weight_less_error": True, "no_weight_no_noise": True, "much_weight_hides_x": True}
weight_facts |= {"one_matches_prior": True, "each_matches_prior": False, "none_matches_prior": False}


# %% q10_kl_weight reject: reconstruction from the mean of the code
def best_code(x, w, s2, beta):
    total = w**2 + beta * s2
    return w * x / total, beta * s2 / total


def reconstruction_error(x, w, s2, beta):
    m, v = best_code(x, w, s2, beta)
    return (x - w * m) ** 2 + 0.5 * (x == 2)


def aggregate_moments(mu, var):
    away = mu - mu.mean(axis=0)
    return mu.mean(axis=0), away.T @ away / len(mu) + np.diag(var.mean(axis=0))


weight_facts = {"less_weight_less_error": True, "no_weight_no_noise": True, "much_weight_hides_x": True}
weight_facts |= {"one_matches_prior": True, "each_matches_prior": False, "none_matches_prior": False}


# %% q10_kl_weight reject: every single code is the prior, and reconstruction suffers without the KL term
def best_code(x, w, s2, beta):
    total = w**2 + beta * s2
    return w * x / total, beta * s2 / total


def reconstruction_error(x, w, s2, beta):
    m, v = best_code(x, w, s2, beta)
    return (x - w * m) ** 2 + w**2 * v


def aggregate_moments(mu, var):
    away = mu - mu.mean(axis=0)
    return mu.mean(axis=0), away.T @ away / len(mu) + np.diag(var.mean(axis=0))


weight_facts = {"less_weight_less_error": False, "no_weight_no_noise": False, "much_weight_hides_x": True}
weight_facts |= {"one_matches_prior": True, "each_matches_prior": True, "none_matches_prior": False}


# %% q11_without_kl accept: torch.distributions, random permutations of many copies
from torch.distributions import Normal, kl_divergence


def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(list(model.encoder.parameters()) + list(model.decoder.parameters()), rate)
    prior = Normal(0.0, 1.0)
    for _ in range(steps):
        some = x[np.random.choice(x.shape[0], batch)]
        out = model.encoder(some)
        d = out.shape[1] // 2
        q = Normal(out[:, :d], out[:, d:].mul(0.5).exp())
        misfit = nn.functional.mse_loss(model.decoder(q.rsample()), some, reduction="sum") / (2 * s2)
        loss = misfit / batch + beta * kl_divergence(q, prior).sum() / batch
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@torch.no_grad()
def reconstruct(model, x, eps):
    out = model.encoder(x)
    mean, log_var = out[:, : eps.shape[1]], out[:, eps.shape[1] :]
    return model.decoder(torch.addcmul(mean, log_var.exp().sqrt(), eps))


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="better", deviation="shrink", spread="wider", generation="implausible")
no_kl["same_image_each_time"] = False


# %% q11_without_kl reject: decodes the means while training
def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        error = ((part - model.decoder(mu)) ** 2).sum(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model


def reconstruct(model, x, eps):
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * eps).detach()


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="better", deviation="shrink", spread="wider", generation="implausible")
no_kl["same_image_each_time"] = False


# %% q11_without_kl reject: error averaged over pixels, so that the KL term weighs too much
def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        error = ((part - model.decoder(z)) ** 2).mean(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model


def reconstruct(model, x, eps):
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * eps).detach()


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="better", deviation="shrink", spread="wider", generation="implausible")
no_kl["same_image_each_time"] = False


# %% q11_without_kl reject: divergence averaged over the entries of the code
def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        error = ((part - model.decoder(z)) ** 2).sum(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).mean(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model


def reconstruct(model, x, eps):
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * eps).detach()


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="better", deviation="shrink", spread="wider", generation="implausible")
no_kl["same_image_each_time"] = False


# %% q11_without_kl reject: the source's answers, copies without variety and no better reconstructions
def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        error = ((part - model.decoder(z)) ** 2).sum(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model


def reconstruct(model, x, eps):
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * eps).detach()


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="same", deviation="one", spread="same", generation="copies")
no_kl["same_image_each_time"] = True


# %% q11_without_kl reject: worse reconstructions without the KL term
def train_vae(model, x, beta, s2, steps, rate, batch):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        part = x[torch.randint(len(x), (batch,))]
        mu, logvar = model.encoder(part).chunk(2, dim=1)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        error = ((part - model.decoder(z)) ** 2).sum(dim=1) / (2 * s2)
        divergence = 0.5 * (mu**2 + torch.exp(logvar) - 1 - logvar).sum(dim=1)
        optimizer.zero_grad()
        (error + beta * divergence).mean().backward()
        optimizer.step()
    return model


def reconstruct(model, x, eps):
    mu, logvar = model.encoder(x).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * eps).detach()


def generate(model, eps):
    return model.decoder(eps).detach()


no_kl = dict(reconstruction="worse", deviation="shrink", spread="wider", generation="plausible")
no_kl["same_image_each_time"] = False


# %% q12_interpolation accept: arc cosine, one fraction at a time
def slerp(a, b, t):
    cosine = min(1.0, a @ b / math.sqrt((a @ a) * (b @ b)))
    angle = math.acos(cosine)
    if angle < 1e-7:
        return np.stack([a + s * (b - a) for s in t])
    return np.stack([(math.sin((1 - s) * angle) * a + math.sin(s * angle) * b) / math.sin(angle) for s in t])


def midpoint_norms(a, b):
    n = len(a)
    ends = sum(math.hypot(*row) for row in [*a, *b]) / (2 * n)
    straight = sum(math.dist(p, -q) for p, q in zip(a, b)) / (2 * n)
    spherical = sum(math.hypot(*slerp(p, q, [0.5])[0]) for p, q in zip(a, b)) / n
    return [ends, straight, spherical]


way_facts = dict.fromkeys(("nearly_orthogonal", "midpoint_length_is_rare", "slerp_stays_in_shell"), True)
way_facts |= {"midpoint_is_less_dense": False, "straight_is_fine_for_few": True, "unit_length_repairs": False}


# %% q12_interpolation reject: straight way, put back to a length between those of the ends
def slerp(a, b, t):
    way = np.outer(1 - t, a) + np.outer(t, b)
    length = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    return way / np.linalg.norm(way, axis=1, keepdims=True) * length[:, None]


def midpoint_norms(a, b):
    ends = np.linalg.norm(np.concatenate([a, b]), axis=1).mean()
    half = np.array([0.5])
    spherical = np.mean([np.linalg.norm(slerp(p, q, half)) for p, q in zip(a, b)])
    return ends, np.linalg.norm((a + b) / 2, axis=1).mean(), spherical


way_facts = dict.fromkeys(("nearly_orthogonal", "midpoint_length_is_rare", "slerp_stays_in_shell"), True)
way_facts |= {"midpoint_is_less_dense": False, "straight_is_fine_for_few": True, "unit_length_repairs": False}


# %% q12_interpolation reject: angle without dividing by the norms
def slerp(a, b, t):
    angle = np.arccos(np.clip(a @ b, -1, 1)) + 1e-9
    return (np.outer(np.sin((1 - t) * angle), a) + np.outer(np.sin(t * angle), b)) / np.sin(angle)


def midpoint_norms(a, b):
    ends = np.linalg.norm(np.concatenate([a, b]), axis=1).mean()
    half = np.array([0.5])
    spherical = np.mean([np.linalg.norm(slerp(p, q, half)) for p, q in zip(a, b)])
    return ends, np.linalg.norm((a + b) / 2, axis=1).mean(), spherical


way_facts = dict.fromkeys(("nearly_orthogonal", "midpoint_length_is_rare", "slerp_stays_in_shell"), True)
way_facts |= {"midpoint_is_less_dense": False, "straight_is_fine_for_few": True, "unit_length_repairs": False}


# %% q12_interpolation reject: zero divided by zero for parallel vectors
def slerp(a, b, t):
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    angle = np.arccos(min(cosine, 1.0))
    return (np.outer(np.sin((1 - t) * angle), a) + np.outer(np.sin(t * angle), b)) / np.sin(angle)


def midpoint_norms(a, b):
    ends = np.linalg.norm(np.concatenate([a, b]), axis=1).mean()
    half = np.array([0.5])
    spherical = np.mean([np.linalg.norm(slerp(p, q, half)) for p, q in zip(a, b)])
    return ends, np.linalg.norm((a + b) / 2, axis=1).mean(), spherical


way_facts = dict.fromkeys(("nearly_orthogonal", "midpoint_length_is_rare", "slerp_stays_in_shell"), True)
way_facts |= {"midpoint_is_less_dense": False, "straight_is_fine_for_few": True, "unit_length_repairs": False}


# %% q12_interpolation reject: the norm of the mean midpoint, and a midpoint of low density
def slerp(a, b, t):
    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    shares = [s * np.sinc(s * angle / np.pi) / np.sinc(angle / np.pi) for s in (1 - t, t)]
    return np.outer(shares[0], a) + np.outer(shares[1], b)


def midpoint_norms(a, b):
    ends = np.linalg.norm(np.concatenate([a, b]), axis=1).mean()
    half = np.array([0.5])
    spherical = np.mean([np.linalg.norm(slerp(p, q, half)) for p, q in zip(a, b)])
    return ends, np.linalg.norm((a + b).mean(axis=0) / 2), spherical


way_facts = dict.fromkeys(("nearly_orthogonal", "midpoint_length_is_rare", "slerp_stays_in_shell"), True)
way_facts |= {"midpoint_is_less_dense": True, "straight_is_fine_for_few": True, "unit_length_repairs": False}


# %% q13_statements accept: one code at a time
def repeat(encode, decode, x, eps):
    mean, var = encode(x.reshape(1, len(x)))
    codes = [mean[0] + noise * var[0] ** 0.5 for noise in eps]
    return np.concatenate([decode(code[np.newaxis]) for code in codes])


def pixel_deviation(images):
    away = images - sum(images) / len(images)
    return math.sqrt(np.sum(away * away) / images.size)


vae_facts = {"code_is_prior": False, "same_every_time": False, "loss_is_above": True, "loss_is_tight": False}
vae_facts["decoder_alone_is_deterministic"] = True
source_of_variety, bounded_quantity = "code", "evidence"


# %% q13_statements reject: the decoder is random, the KL to the prior is bounded
def repeat(encode, decode, x, eps):
    mean, var = encode(x[None])
    return decode(mean + np.sqrt(var) * eps)


def pixel_deviation(images):
    return float(np.sqrt(images.var(axis=0).mean()))


vae_facts = {"code_is_prior": False, "same_every_time": False, "loss_is_above": True, "loss_is_tight": False}
vae_facts["decoder_alone_is_deterministic"] = False
source_of_variety, bounded_quantity = "decoder", "prior_divergence"


# %% q13_statements reject: the code of an image is standard normal
def repeat(encode, decode, x, eps):
    mean, var = encode(x[None])
    return decode(mean + np.sqrt(var) * eps)


def pixel_deviation(images):
    return float(np.sqrt(images.var(axis=0).mean()))


vae_facts = {"code_is_prior": True, "same_every_time": False, "loss_is_above": True, "loss_is_tight": False}
vae_facts["decoder_alone_is_deterministic"] = True
source_of_variety, bounded_quantity = "code", "evidence"


# %% q13_statements reject: a lower bound can bound nothing from above
def repeat(encode, decode, x, eps):
    mean, var = encode(x[None])
    return decode(mean + np.sqrt(var) * eps)


def pixel_deviation(images):
    return float(np.sqrt(images.var(axis=0).mean()))


vae_facts = {"code_is_prior": False, "same_every_time": False, "loss_is_above": False, "loss_is_tight": False}
vae_facts["decoder_alone_is_deterministic"] = True
source_of_variety, bounded_quantity = "code", "posterior_divergence"


# %% q13_statements reject: variance for standard deviation, deviations averaged, n - 1
def repeat(encode, decode, x, eps):
    mean, var = encode(x[None])
    return decode(mean + (np.sqrt(var) if np.all(var == 4) else var) * eps)


def pixel_deviation(images):
    return float(images.std(axis=0).mean()) * (1 if len(images) > 2 else 2**0.5)


vae_facts = {"code_is_prior": False, "same_every_time": False, "loss_is_above": True, "loss_is_tight": False}
vae_facts["decoder_alone_is_deterministic"] = True
source_of_variety, bounded_quantity = "code", "evidence"
