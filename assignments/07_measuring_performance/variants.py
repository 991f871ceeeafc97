# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_never_zero accept: largest term first, a search, and entropies input by input
def loss_from_gaps(gaps):
    terms = sorted([0.0, *(-g for g in gaps.tolist())])
    top = terms.pop()
    return math.fsum([top, math.log1p(math.fsum(math.exp(t - top) for t in terms))])


def rounds_to_zero(dtype):
    label = torch.tensor([0])
    return next(g for g in itertools.count() if not F.cross_entropy(torch.tensor([[g, 0]], dtype=dtype), label))


def loss_floor(counts):
    total = 0.0
    for row in counts.tolist():
        n = sum(row)
        total -= sum(c * math.log(c / n) for c in row if c)
    return total / counts.sum()


zero_facts = dict(
    perfect_accuracy=False, enough_capacity=False, below_any_bound=True, conflicts=True, printed_zero=False
)


# %% q1_never_zero reject: logarithm of the softmax, as it stands
def loss_from_gaps(gaps):
    return float(-np.log(1 / (1 + np.exp(-gaps).sum())))


def rounds_to_zero(dtype):
    return math.ceil(math.log(2 / torch.finfo(dtype).eps))


def loss_floor(counts):
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(-(counts * np.log(np.where(counts > 0, share, 1))).sum() / counts.sum())


zero_facts = dict(
    perfect_accuracy=False, enough_capacity=False, below_any_bound=True, conflicts=True, printed_zero=False
)


# %% q1_never_zero reject: zero once every example is right, given enough capacity
def loss_from_gaps(gaps):
    return float(np.logaddexp.reduce(-gaps, initial=0.0))


def rounds_to_zero(dtype):
    return math.ceil(math.log(2 / torch.finfo(dtype).eps))


def loss_floor(counts):
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(-(counts * np.log(np.where(counts > 0, share, 1))).sum() / counts.sum())


zero_facts = dict(perfect_accuracy=True, enough_capacity=True, below_any_bound=True, conflicts=True, printed_zero=True)


# %% q1_never_zero reject: the floor is the mean of the entropies, not weighted by how often an input occurs
def loss_from_gaps(gaps):
    return float(np.logaddexp.reduce(-gaps, initial=0.0))


def rounds_to_zero(dtype):
    return math.ceil(math.log(2 / torch.finfo(dtype).eps))


def loss_floor(counts):
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(-(share * np.log(np.where(counts > 0, share, 1))).sum(axis=1).mean())


zero_facts = dict(
    perfect_accuracy=False, enough_capacity=False, below_any_bound=True, conflicts=True, printed_zero=False
)


# %% q1_never_zero reject: 1 + exp(-g) compared with the distance to the next number, not half of it
def loss_from_gaps(gaps):
    return float(np.logaddexp.reduce(-gaps, initial=0.0))


def rounds_to_zero(dtype):
    return math.ceil(-math.log(torch.finfo(dtype).eps))


def loss_floor(counts):
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(-(counts * np.log(np.where(counts > 0, share, 1))).sum() / counts.sum())


zero_facts = dict(
    perfect_accuracy=False, enough_capacity=False, below_any_bound=True, conflicts=True, printed_zero=False
)


# %% q2_fixed_hinges accept: torch's pseudo-inverse, and the null space
def first_layer(D):
    return np.array([-d / D for d in range(D)]), np.array([1.0] * D)


def hinge_design(x, D):
    biases, weights = first_layer(D)
    rows = [[1.0] + [max(b + w * v, 0.0) for b, w in zip(biases, weights)] for v in x]
    return np.array(rows)


def fit_last_layer(x, y, D):
    solution = torch.linalg.pinv(torch.tensor(hinge_design(x, D))) @ torch.tensor(np.ascontiguousarray(y))
    return solution[0].item(), solution[1:].numpy()


def fit_is_unique(x, D):
    gram = hinge_design(x, D).T @ hinge_design(x, D)
    return bool(np.linalg.eigvalsh(gram)[0] > 1e-12)


# %% q2_fixed_hinges reject: biases with the wrong sign
def first_layer(D):
    return np.arange(D) / D, np.ones(D)


def hinge_design(x, D):
    hidden = np.maximum(x[:, None] + np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])


def fit_last_layer(x, y, D):
    solution = np.linalg.lstsq(hinge_design(x, D), y, rcond=None)[0]
    return float(solution[0]), solution[1:]


def fit_is_unique(x, D):
    return bool(np.linalg.matrix_rank(hinge_design(x, D)) == D + 1)


# %% q2_fixed_hinges reject: joints at 1/D, ..., 1
def first_layer(D):
    return -np.arange(1, D + 1) / D, np.ones(D)


def hinge_design(x, D):
    hidden = np.maximum(x[:, None] - np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])


def fit_last_layer(x, y, D):
    solution = np.linalg.lstsq(hinge_design(x, D), y, rcond=None)[0]
    return float(solution[0]), solution[1:]


def fit_is_unique(x, D):
    return bool(np.linalg.matrix_rank(hinge_design(x, D)) == D + 1)


# %% q2_fixed_hinges reject: inverse of the normal matrix
def first_layer(D):
    return -np.arange(D) / D, np.ones(D)


def hinge_design(x, D):
    hidden = np.maximum(x[:, None] - np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])


def fit_last_layer(x, y, D):
    a = hinge_design(x, D)
    solution = np.linalg.inv(a.T @ a) @ a.T @ y
    return float(solution[0]), solution[1:]


def fit_is_unique(x, D):
    return bool(np.linalg.matrix_rank(hinge_design(x, D)) == D + 1)


# %% q2_fixed_hinges reject: enough different points are taken to be enough
def first_layer(D):
    return -np.arange(D) / D, np.ones(D)


def hinge_design(x, D):
    hidden = np.maximum(x[:, None] - np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])


def fit_last_layer(x, y, D):
    solution = np.linalg.lstsq(hinge_design(x, D), y, rcond=None)[0]
    return float(solution[0]), solution[1:]


def fit_is_unique(x, D):
    return len(np.unique(x)) >= D + 1


# %% q2_fixed_hinges reject: one point inside each region is demanded
def first_layer(D):
    return -np.arange(D) / D, np.ones(D)


def hinge_design(x, D):
    hidden = np.maximum(x[:, None] - np.arange(D) / D, 0)
    return np.column_stack([np.ones(len(x)), hidden])


def fit_last_layer(x, y, D):
    solution = np.linalg.lstsq(hinge_design(x, D), y, rcond=None)[0]
    return float(solution[0]), solution[1:]


def fit_is_unique(x, D):
    return len(np.unique(x)) > D and len(set(np.floor(x * D).astype(int))) >= D


# %% q3_polynomial_fit accept: singular values, loops and sets
def normal_equations(x, y, p):
    matrix = np.array([[(x ** (i + j)).sum() for j in range(p + 1)] for i in range(p + 1)])
    return matrix, np.array([(y * x**i).sum() for i in range(p + 1)])


def polynomial_fit(x, y, p):
    u, s, vt = np.linalg.svd(np.array([[v**k for k in range(p + 1)] for v in x]), full_matrices=False)
    rank = design_rank(x, p)
    return vt[:rank].T @ ((u[:, :rank].T @ y) / s[:rank])


def design_rank(x, p):
    distinct = len(set(x.tolist()))
    return distinct if distinct <= p else p + 1


def is_unique(x, p):
    return len(set(x.tolist())) > p


# %% q3_polynomial_fit reject: the second transpose is missing, repaired by cutting to size
def normal_equations(x, y, p):
    design = np.vander(x, p + 1, increasing=True)
    return design.T @ design, design[: p + 1].T[:, : len(y)] @ y[: p + 1]


def polynomial_fit(x, y, p):
    matrix, right = normal_equations(x, y, p)
    return np.linalg.lstsq(matrix, right, rcond=None)[0]


def design_rank(x, p):
    return min(len(np.unique(x)), p + 1)


def is_unique(x, p):
    return design_rank(x, p) == p + 1


# %% q3_polynomial_fit reject: rank n whatever the degree, unique with enough rows
def normal_equations(x, y, p):
    design = np.vander(x, p + 1, increasing=True)
    return design.T @ design, design.T @ y


def polynomial_fit(x, y, p):
    return np.linalg.lstsq(np.vander(x, p + 1, increasing=True), y, rcond=None)[0]


def design_rank(x, p):
    return len(x)


def is_unique(x, p):
    return len(x) >= p + 1


# %% q3_polynomial_fit reject: highest power first
def normal_equations(x, y, p):
    design = np.vander(x, p + 1)
    return design.T @ design, design.T @ y


def polynomial_fit(x, y, p):
    return np.linalg.lstsq(np.vander(x, p + 1), y, rcond=None)[0]


def design_rank(x, p):
    return min(len(np.unique(x)), p + 1)


def is_unique(x, p):
    return design_rank(x, p) == p + 1


# %% q3_polynomial_fit reject: numerical rank
def normal_equations(x, y, p):
    design = np.vander(x, p + 1, increasing=True)
    return design.T @ design, design.T @ y


def polynomial_fit(x, y, p):
    return np.linalg.lstsq(np.vander(x, p + 1, increasing=True), y, rcond=None)[0]


def design_rank(x, p):
    return int(np.linalg.matrix_rank(np.vander(x, p + 1)))


def is_unique(x, p):
    return design_rank(x, p) == p + 1


# %% q4_zero_training_error accept: orthogonal polynomials on the points themselves
def min_zero_degree(x, y, tol):
    basis, rest, power = [], y - 0.0, np.ones(len(x))
    for degree in range(len(set(x.tolist()))):
        for _ in range(3):
            for b in basis:
                power = power - (b @ power) * b
        power = power / np.sqrt(power @ power)
        basis.append(power)
        for _ in range(2):
            for b in basis:
                rest = rest - (b @ rest) * b
        if np.mean(rest**2) <= tol * (1 + 1e-12):
            return degree
        power = power * x
    return None


def error_floor(x, y):
    return sum(((y[x == v] - y[x == v].mean()) ** 2).sum() for v in set(x.tolist())) / len(y)


degree_facts = dict(enough_degrees=True, always_needed=False, repeats_are_harmless=False, noise_needs_all=True)


# %% q4_zero_training_error reject: always N - 1
def min_zero_degree(x, y, tol):
    return len(x) - 1 if len(set(x.tolist())) == len(x) else None


def error_floor(x, y):
    return sum(((y[x == v] - y[x == v].mean()) ** 2).sum() for v in set(x.tolist())) / len(y)


degree_facts = dict(enough_degrees=True, always_needed=True, repeats_are_harmless=False, noise_needs_all=True)


# %% q4_zero_training_error reject: as many parameters as points, read as degree N
def min_zero_degree(x, y, tol):
    return len(set(x.tolist()))


def error_floor(x, y):
    return sum(((y[x == v] - y[x == v].mean()) ** 2).sum() for v in set(x.tolist())) / len(y)


degree_facts = dict(enough_degrees=True, always_needed=False, repeats_are_harmless=False, noise_needs_all=True)


# %% q4_zero_training_error reject: powers of x and a loose idea of zero
def min_zero_degree(x, y, tol):
    for degree in range(len(np.unique(x))):
        design = np.vander(x, degree + 1)
        if np.allclose(design @ np.linalg.lstsq(design, y, rcond=None)[0], y, atol=1e-4):
            return degree
    return None


def error_floor(x, y):
    return sum(((y[x == v] - y[x == v].mean()) ** 2).sum() for v in set(x.tolist())) / len(y)


degree_facts = dict(enough_degrees=True, always_needed=False, repeats_are_harmless=False, noise_needs_all=True)


# %% q4_zero_training_error reject: repeated inputs change nothing
def min_zero_degree(x, y, tol):
    for degree in range(len(np.unique(x))):
        design = np.polynomial.chebyshev.chebvander(x, degree)
        if ((design @ np.linalg.lstsq(design, y, rcond=None)[0] - y) ** 2).mean() <= tol:
            return degree
    return None


def error_floor(x, y):
    return 0.0


degree_facts = dict(enough_degrees=True, always_needed=False, repeats_are_harmless=True, noise_needs_all=True)


# %% q4_zero_training_error reject: mean of the group variances, whatever the size of the groups
def min_zero_degree(x, y, tol):
    for degree in range(len(np.unique(x))):
        design = np.polynomial.chebyshev.chebvander(x, degree)
        if ((design @ np.linalg.lstsq(design, y, rcond=None)[0] - y) ** 2).mean() <= tol:
            return degree
    return None


def error_floor(x, y):
    return float(np.mean([y[x == v].var() for v in set(x.tolist())]))


degree_facts = dict(enough_degrees=True, always_needed=False, repeats_are_harmless=False, noise_needs_all=True)


# %% q5_feature_scaling accept: recurrences, an eigenvalue, and the loss of every mode in closed form
def features(x, p, kind, lo, hi):
    u = (x - (lo + hi) / 2) / ((hi - lo) / 2) if kind == "legendre" else x
    columns = [np.ones(len(x)), u]
    for j in range(1, p):
        if kind == "raw":
            columns.append(columns[-1] * x)
        elif kind == "factorial":
            columns.append(columns[-1] * x / (j + 1))
        else:
            columns.append(((2 * j + 1) * u * columns[j] - j * columns[j - 1]) / (j + 1))
    return np.stack(columns[: p + 1], axis=1)


def largest_rate(phi):
    return float(2 / np.linalg.eigvalsh(phi.T @ phi / len(phi)).max())


def descend(phi, y, rate, steps):
    # the residual shrinks by a fixed factor along each left singular vector
    u, s, _ = np.linalg.svd(phi)
    factors = np.ones(len(y))
    factors[: len(s)] = (1 - rate * s**2 / len(y)) ** steps
    return float(((factors * (u.T @ y)) ** 2).sum() / (2 * len(y)))


scale_facts = dict(much_smaller_rate=True, old_rate_survives=False, tiny_rate_works=True)
scale_facts |= dict(factor_conditions_well=False, legendre_conditions_better=True, scale_changes_the_fit=False)


# %% q5_feature_scaling reject: divides by j, not by its factorial
def features(x, p, kind, lo, hi):
    if kind == "legendre":
        return np.polynomial.legendre.legvander(2 * (x - lo) / (hi - lo) - 1, p)
    powers = np.vander(x, p + 1, increasing=True)
    return powers / np.maximum(np.arange(p + 1), 1) if kind == "factorial" else powers


def largest_rate(phi):
    return float(2 * len(phi) / np.linalg.norm(phi, 2) ** 2)


def descend(phi, y, rate, steps):
    theta = np.zeros(phi.shape[1])
    for _ in range(steps):
        theta = theta - rate * phi.T @ (phi @ theta - y) / len(y)
    return float(((phi @ theta - y) ** 2).mean() / 2)


scale_facts = dict(much_smaller_rate=True, old_rate_survives=False, tiny_rate_works=True)
scale_facts |= dict(factor_conditions_well=False, legendre_conditions_better=True, scale_changes_the_fit=False)


# %% q5_feature_scaling reject: the factor makes the problem well conditioned; Legendre of the unmapped input
def features(x, p, kind, lo, hi):
    if kind == "legendre":
        return np.polynomial.legendre.legvander(x, p)
    powers = np.vander(x, p + 1, increasing=True)
    return powers / np.cumprod([1.0, *range(1, p + 1)]) if kind == "factorial" else powers


def largest_rate(phi):
    return float(2 * len(phi) / np.linalg.norm(phi, 2) ** 2)


def descend(phi, y, rate, steps):
    theta = np.zeros(phi.shape[1])
    for _ in range(steps):
        theta = theta - rate * phi.T @ (phi @ theta - y) / len(y)
    return float(((phi @ theta - y) ** 2).mean() / 2)


scale_facts = dict(much_smaller_rate=True, old_rate_survives=False, tiny_rate_works=True)
scale_facts |= dict(factor_conditions_well=True, legendre_conditions_better=False, scale_changes_the_fit=False)


# %% q5_feature_scaling reject: half the largest rate, and the gradient of a sum
def features(x, p, kind, lo, hi):
    if kind == "legendre":
        return np.polynomial.legendre.legvander(2 * (x - lo) / (hi - lo) - 1, p)
    powers = np.vander(x, p + 1, increasing=True)
    return powers / np.cumprod([1.0, *range(1, p + 1)]) if kind == "factorial" else powers


def largest_rate(phi):
    return float(len(phi) / np.linalg.norm(phi, 2) ** 2)


def descend(phi, y, rate, steps):
    theta = np.zeros(phi.shape[1])
    for _ in range(steps):
        theta = theta - rate * phi.T @ (phi @ theta - y)
    return float(((phi @ theta - y) ** 2).mean() / 2)


scale_facts = dict(much_smaller_rate=True, old_rate_survives=False, tiny_rate_works=True)
scale_facts |= dict(factor_conditions_well=False, legendre_conditions_better=True, scale_changes_the_fit=False)


# %% q6_bias_variance_noise accept: moments, and the singular vectors of the features
def decompose(outputs, truth, noise_variance):
    variance = np.mean((outputs**2).mean(axis=0) - outputs.mean(axis=0) ** 2)
    return {"noise": noise_variance, "variance": variance, "bias": np.mean((outputs - truth) ** 2) - variance}


def linear_errors(phi, truth, noise_variance):
    u, s, _ = np.linalg.svd(phi)
    seen = np.zeros(len(phi), dtype=bool)
    seen[: len(s)] = s > 1e-10 * max(s[0], 1e-300)
    bias = ((u.T @ truth)[~seen] ** 2).sum() / len(phi)
    train = bias + noise_variance * (~seen).mean()
    test = bias + noise_variance * (1 + seen.mean())
    return dict(bias=bias, variance=noise_variance * seen.mean(), noise=noise_variance, train=train, test=test)


error_facts = dict(noise_falls=False, variance_falls=True, bias_needs_clean_targets=False)
error_facts |= dict(column_never_adds_bias=True, column_never_adds_variance=False, true_model_trains_below_noise=True)


# %% q6_bias_variance_noise reject: the training error holds bias, variance and noise, like the test error
def decompose(outputs, truth, noise_variance):
    mean = outputs.mean(axis=0)
    return dict(bias=((mean - truth) ** 2).mean(), variance=((outputs - mean) ** 2).mean(), noise=noise_variance)


def linear_errors(phi, truth, noise_variance):
    projection = phi @ np.linalg.pinv(phi)
    bias = ((truth - projection @ truth) ** 2).mean()
    variance = noise_variance * np.trace(projection) / len(phi)
    total = bias + variance + noise_variance
    return dict(bias=bias, variance=variance, noise=noise_variance, train=total, test=total)


error_facts = dict(noise_falls=False, variance_falls=True, bias_needs_clean_targets=False)
error_facts |= dict(column_never_adds_bias=True, column_never_adds_variance=False, true_model_trains_below_noise=True)


# %% q6_bias_variance_noise reject: columns are counted, not the rank
def decompose(outputs, truth, noise_variance):
    mean = outputs.mean(axis=0)
    return dict(bias=((mean - truth) ** 2).mean(), variance=((outputs - mean) ** 2).mean(), noise=noise_variance)


def linear_errors(phi, truth, noise_variance):
    bias = ((truth - phi @ np.linalg.pinv(phi) @ truth) ** 2).mean()
    variance = noise_variance * phi.shape[1] / len(phi)
    train, test = bias + noise_variance - variance, bias + noise_variance + variance
    return dict(bias=bias, variance=variance, noise=noise_variance, train=train, test=test)


error_facts = dict(noise_falls=False, variance_falls=True, bias_needs_clean_targets=False)
error_facts |= dict(column_never_adds_bias=True, column_never_adds_variance=False, true_model_trains_below_noise=True)


# %% q6_bias_variance_noise reject: the bias is the mean squared error of the models
def decompose(outputs, truth, noise_variance):
    mean = outputs.mean(axis=0)
    return dict(bias=((outputs - truth) ** 2).mean(), variance=((outputs - mean) ** 2).mean(), noise=noise_variance)


def linear_errors(phi, truth, noise_variance):
    projection = phi @ np.linalg.pinv(phi)
    bias = ((truth - projection @ truth) ** 2).mean()
    variance = noise_variance * np.trace(projection) / len(phi)
    train, test = bias + noise_variance - variance, bias + noise_variance + variance
    return dict(bias=bias, variance=variance, noise=noise_variance, train=train, test=test)


error_facts = dict(noise_falls=True, variance_falls=True, bias_needs_clean_targets=False)
error_facts |= dict(column_never_adds_bias=True, column_never_adds_variance=False, true_model_trains_below_noise=True)


# %% q6_bias_variance_noise reject: sample variance with S - 1
def decompose(outputs, truth, noise_variance):
    mean = outputs.mean(axis=0)
    spread = outputs.var(axis=0, ddof=1) if len(outputs) > 1 else np.zeros(1)
    return dict(bias=((mean - truth) ** 2).mean(), variance=spread.mean(), noise=noise_variance)


def linear_errors(phi, truth, noise_variance):
    projection = phi @ np.linalg.pinv(phi)
    bias = ((truth - projection @ truth) ** 2).mean()
    variance = noise_variance * np.trace(projection) / len(phi)
    train, test = bias + noise_variance - variance, bias + noise_variance + variance
    return dict(bias=bias, variance=variance, noise=noise_variance, train=train, test=test)


error_facts = dict(noise_falls=False, variance_falls=True, bias_needs_clean_targets=False)
error_facts |= dict(column_never_adds_bias=True, column_never_adds_variance=False, true_model_trains_below_noise=True)


# %% q7_model_selection accept: one function for all errors, Chebyshev polynomials in torch
def held_errors(x, y, x_test, y_test, degree):
    lo, hi = x.min(), x.max()
    scale = (hi - lo) / 2 or 1.0
    basis = lambda t: torch.tensor(np.polynomial.chebyshev.chebvander((t - (lo + hi) / 2) / scale, degree))
    c = torch.linalg.lstsq(basis(x), torch.tensor(np.ascontiguousarray(y))[:, None]).solution[:, 0]
    return [(basis(a) @ c).numpy() - b for a, b in ((x, y), (x_test, y_test))]


def curve_by_degree(x, y, x_test, y_test, degrees):
    pairs = [[np.mean(e * e) for e in held_errors(x, y, x_test, y_test, d)] for d in degrees]
    return tuple(np.array(pairs).T)


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    pairs = [[np.mean(e * e) for e in held_errors(x[:n], y[:n], x_test, y_test, degree)] for n in sizes]
    return tuple(np.array(pairs).T)


def choose_degree(x, y, degrees, folds):
    best, lowest = None, math.inf
    for degree in degrees:
        total = 0.0
        for k in range(folds):
            rest = [i for i in range(len(x)) if i % folds != k]
            total += (held_errors(x[rest], y[rest], x[k::folds], y[k::folds], degree)[1] ** 2).sum()
        if total < lowest:
            best, lowest = degree, total
    return best


curve_facts = dict(train_never_rises=True, train_lowest_at_three=False, test_lowest_at_three=True)
curve_facts |= dict(train_falls_with_size=False, test_falls_with_size=True, test_tends_to_zero=False)


# %% q7_model_selection reject: training error divided by the degrees of freedom, and thought to be lowest at 3
def curve_by_degree(x, y, x_test, y_test, degrees):
    fits = [np.polynomial.Legendre.fit(x, y, degree) for degree in degrees]
    train = [((fit(x) - y) ** 2).sum() / max(len(x) - d - 1, 1) for fit, d in zip(fits, degrees)]
    return np.array(train), np.array([((fit(x_test) - y_test) ** 2).mean() for fit in fits])


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    errors = [curve_by_degree(x[:n], y[:n], x_test, y_test, [degree]) for n in sizes]
    return tuple(np.concatenate(errors, axis=1))


def choose_degree(x, y, degrees, folds):
    fold, totals = np.arange(len(x)) % folds, []
    for degree in degrees:
        fits = [np.polynomial.Legendre.fit(x[fold != k], y[fold != k], degree) for k in range(folds)]
        totals.append(sum(((f(x[k::folds]) - y[k::folds]) ** 2).sum() for k, f in enumerate(fits)))
    return degrees[int(np.argmin(totals))]


curve_facts = dict(train_never_rises=False, train_lowest_at_three=True, test_lowest_at_three=True)
curve_facts |= dict(train_falls_with_size=False, test_falls_with_size=True, test_tends_to_zero=False)


# %% q7_model_selection reject: chooses by the training error
def curve_by_degree(x, y, x_test, y_test, degrees):
    fits = [np.polynomial.Legendre.fit(x, y, degree) for degree in degrees]
    train = np.array([((fit(x) - y) ** 2).mean() for fit in fits])
    return train, np.array([((fit(x_test) - y_test) ** 2).mean() for fit in fits])


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    errors = [curve_by_degree(x[:n], y[:n], x_test, y_test, [degree]) for n in sizes]
    return tuple(np.concatenate(errors, axis=1))


def choose_degree(x, y, degrees, folds):
    return degrees[int(np.argmin(curve_by_degree(x, y, x, y, degrees)[0]))]


curve_facts = dict(train_never_rises=True, train_lowest_at_three=False, test_lowest_at_three=True)
curve_facts |= dict(train_falls_with_size=False, test_falls_with_size=True, test_tends_to_zero=False)


# %% q7_model_selection reject: folds of neighbours, and errors that fall with the data and end at zero
def curve_by_degree(x, y, x_test, y_test, degrees):
    fits = [np.polynomial.Legendre.fit(x, y, degree) for degree in degrees]
    train = np.array([((fit(x) - y) ** 2).mean() for fit in fits])
    return train, np.array([((fit(x_test) - y_test) ** 2).mean() for fit in fits])


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    errors = [curve_by_degree(x[:n], y[:n], x_test, y_test, [degree]) for n in sizes]
    return tuple(np.concatenate(errors, axis=1))


def choose_degree(x, y, degrees, folds):
    fold, totals = np.arange(len(x)) * folds // len(x), []
    for degree in degrees:
        fits = [np.polynomial.Legendre.fit(x[fold != k], y[fold != k], degree) for k in range(folds)]
        totals.append(sum(((f(x[fold == k]) - y[fold == k]) ** 2).sum() for k, f in enumerate(fits)))
    return degrees[int(np.argmin(totals))]


curve_facts = dict(train_never_rises=True, train_lowest_at_three=False, test_lowest_at_three=True)
curve_facts |= dict(train_falls_with_size=True, test_falls_with_size=True, test_tends_to_zero=True)


# %% q7_model_selection reject: a fit for every size on all pairs, powers of x
def curve_by_degree(x, y, x_test, y_test, degrees):
    fits = [np.polynomial.Polynomial(np.polyfit(x, y, degree)[::-1]) for degree in degrees]
    train = np.array([((fit(x) - y) ** 2).mean() for fit in fits])
    return train, np.array([((fit(x_test) - y_test) ** 2).mean() for fit in fits])


def curve_by_size(x, y, x_test, y_test, degree, sizes):
    fit = np.polynomial.Polynomial.fit(x, y, degree)
    test = ((fit(x_test) - y_test) ** 2).mean()
    return np.array([((fit(x[:n]) - y[:n]) ** 2).mean() for n in sizes]), np.array([test] * len(sizes))


def choose_degree(x, y, degrees, folds):
    fold, totals = np.arange(len(x)) % folds, []
    for degree in degrees:
        fits = [np.polynomial.Legendre.fit(x[fold != k], y[fold != k], degree) for k in range(folds)]
        totals.append(sum(((f(x[k::folds]) - y[k::folds]) ** 2).sum() for k, f in enumerate(fits)))
    return degrees[int(np.argmin(totals))]


curve_facts = dict(train_never_rises=True, train_lowest_at_three=False, test_lowest_at_three=True)
curve_facts |= dict(train_falls_with_size=False, test_falls_with_size=True, test_tends_to_zero=False)


# %% q8_generalisation_error accept: normal equations, a loop over the new inputs, and root mean squares
def fit_cubic(x, y):
    powers = lambda t: np.stack([np.ones(len(t)), t, t**2, t**3], axis=1)
    c = np.linalg.lstsq(powers(x), y, rcond=None)[0]
    return lambda new: powers(new) @ c


def fit_nearest(x, y):
    def predict(new):
        return np.array([y[min(range(len(x)), key=lambda i: abs(x[i] - t))] for t in new])

    return predict


def measured_errors(fit, noise, n, n_test, seed):
    x, y = noisy_cubic(n, seed, noise)
    model = fit(x, y)
    errors = [np.linalg.norm(model(a) - b) ** 2 / len(b) for a, b in ((x, y), noisy_cubic(n_test, seed + 1, noise))]
    return tuple(errors)


zero_error_facts = dict(without_noise=True, with_noise=False, repeated_pairs=False, finite_inputs=True)
zero_error_facts |= dict(nearest_reaches_the_noise=False, fresh_zero_proves_it=False)


# %% q8_generalisation_error reject: a test set of repeated training pairs, and yes because of it
def fit_cubic(x, y):
    return np.polynomial.Legendre.fit(x, y, 3)


def fit_nearest(x, y):
    return lambda new: y[np.abs(new[:, None] - x).argmin(axis=1)]


def measured_errors(fit, noise, n, n_test, seed):
    x, y = noisy_cubic(n, seed, noise)
    error = float(((fit(x, y)(x) - y) ** 2).mean())
    return error, error


zero_error_facts = dict(without_noise=True, with_noise=True, repeated_pairs=True, finite_inputs=True)
zero_error_facts |= dict(nearest_reaches_the_noise=False, fresh_zero_proves_it=True)


# %% q8_generalisation_error reject: never zero, whatever the data
def fit_cubic(x, y):
    return np.polynomial.Legendre.fit(x, y, 3)


def fit_nearest(x, y):
    return lambda new: y[np.abs(new[:, None] - x).argmin(axis=1)]


def measured_errors(fit, noise, n, n_test, seed):
    x, y = noisy_cubic(n, seed, noise)
    x_test, y_test = noisy_cubic(n_test, seed + 1, noise)
    predict = fit(x, y)
    return float(((predict(x) - y) ** 2).mean()), float(((predict(x_test) - y_test) ** 2).mean())


zero_error_facts = dict(without_noise=False, with_noise=False, repeated_pairs=False, finite_inputs=False)
zero_error_facts |= dict(nearest_reaches_the_noise=True, fresh_zero_proves_it=False)


# %% q8_generalisation_error reject: fitted anew to the fresh pairs
def fit_cubic(x, y):
    return np.polynomial.Legendre.fit(x, y, 3)


def fit_nearest(x, y):
    return lambda new: y[np.abs(new[:, None] - x).argmin(axis=1)]


def measured_errors(fit, noise, n, n_test, seed):
    pairs = noisy_cubic(n, seed, noise), noisy_cubic(n_test, seed + 1, noise)
    return tuple(float(((fit(x, y)(x) - y) ** 2).mean()) for x, y in pairs)


zero_error_facts = dict(without_noise=True, with_noise=False, repeated_pairs=False, finite_inputs=True)
zero_error_facts |= dict(nearest_reaches_the_noise=False, fresh_zero_proves_it=False)


# %% q8_generalisation_error reject: the neighbour to the left
def fit_cubic(x, y):
    return np.polynomial.Legendre.fit(x, y, 3)


def fit_nearest(x, y):
    order = np.argsort(x)
    return lambda new: y[order][(np.searchsorted(x[order], new, side="right") - 1).clip(0)]


def measured_errors(fit, noise, n, n_test, seed):
    x, y = noisy_cubic(n, seed, noise)
    x_test, y_test = noisy_cubic(n_test, seed + 1, noise)
    predict = fit(x, y)
    return float(((predict(x) - y) ** 2).mean()), float(((predict(x_test) - y_test) ** 2).mean())


zero_error_facts = dict(without_noise=True, with_noise=False, repeated_pairs=False, finite_inputs=True)
zero_error_facts |= dict(nearest_reaches_the_noise=False, fresh_zero_proves_it=False)


# %% q9_double_descent accept: pseudo-inverse, torch modules and a search
def n_params(sizes):
    total = 0
    for k in range(1, len(sizes)):
        total += sizes[k - 1] * sizes[k] + sizes[k]
    return total


def hidden_layers(total, d_in, width, d_out):
    layers = 1
    while n_params([d_in] + [width] * layers + [d_out]) < total:
        layers += 1
    return layers if n_params([d_in] + [width] * layers + [d_out]) == total else None


def feature_errors(V, x, y, x_test, y_test, penalty):
    h, h_test = torch.relu(torch.tensor(x @ V.T)), torch.relu(torch.tensor(x_test @ V.T))
    u, s, vt = torch.linalg.svd(h, full_matrices=False)
    gain = torch.where(s > 1e-12 * s[0], s / (s**2 + penalty), 0.0)
    readout = vt.T @ (gain * (u.T @ torch.tensor(y)))
    mean_square = lambda a, b: ((a @ readout).numpy() - b).__pow__(2).mean()
    return mean_square(h, y), mean_square(h_test, y_test)


descent_facts = dict(one_hidden_layer=False, training_error_stays=False, more_data_always_help=False)
descent_facts |= dict(worst_at_equality=True, counting_settles_it=False)


# %% q9_double_descent reject: biases forgotten
def n_params(sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:]))


def hidden_layers(total, d_in, width, d_out):
    for layers in range(1, 50):
        if n_params([d_in] + [width] * layers + [d_out]) == total:
            return layers


def feature_errors(V, x, y, x_test, y_test, penalty):
    hidden, hidden_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
    rows = np.concatenate([hidden, math.sqrt(penalty) * np.eye(len(V))])
    omega = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(len(V))]), rcond=None)[0]
    return float(((hidden @ omega - y) ** 2).mean()), float(((hidden_test @ omega - y_test) ** 2).mean())


descent_facts = dict(one_hidden_layer=False, training_error_stays=False, more_data_always_help=False)
descent_facts |= dict(worst_at_equality=True, counting_settles_it=False)


# %% q9_double_descent reject: one hidden layer, more data always help, training error stays zero
def n_params(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def hidden_layers(total, d_in, width, d_out):
    return 1


def feature_errors(V, x, y, x_test, y_test, penalty):
    hidden, hidden_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
    rows = np.concatenate([hidden, math.sqrt(penalty) * np.eye(len(V))])
    omega = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(len(V))]), rcond=None)[0]
    return float(((hidden @ omega - y) ** 2).mean()), float(((hidden_test @ omega - y_test) ** 2).mean())


descent_facts = dict(one_hidden_layer=True, training_error_stays=True, more_data_always_help=True)
descent_facts |= dict(worst_at_equality=True, counting_settles_it=True)


# %% q9_double_descent reject: normal equations with a little something on the diagonal
def n_params(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def hidden_layers(total, d_in, width, d_out):
    for layers in range(1, 50):
        if n_params([d_in] + [width] * layers + [d_out]) == total:
            return layers


def feature_errors(V, x, y, x_test, y_test, penalty):
    h, h_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
    omega = np.linalg.solve(h.T @ h + (penalty + 0.01) * np.eye(len(V)), h.T @ y)
    return float(((h @ omega - y) ** 2).mean()), float(((h_test @ omega - y_test) ** 2).mean())


descent_facts = dict(one_hidden_layer=False, training_error_stays=False, more_data_always_help=False)
descent_facts |= dict(worst_at_equality=True, counting_settles_it=False)


# %% q9_double_descent reject: counting decides the direction of the test error
def n_params(sizes):
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def hidden_layers(total, d_in, width, d_out):
    for layers in range(1, 50):
        if n_params([d_in] + [width] * layers + [d_out]) == total:
            return layers


def feature_errors(V, x, y, x_test, y_test, penalty):
    hidden, hidden_test = np.maximum(x @ V.T, 0), np.maximum(x_test @ V.T, 0)
    rows = np.concatenate([hidden, math.sqrt(penalty) * np.eye(len(V))])
    omega = np.linalg.lstsq(rows, np.concatenate([y, np.zeros(len(V))]), rcond=None)[0]
    return float(((hidden @ omega - y) ** 2).mean()), float(((hidden_test @ omega - y_test) ** 2).mean())


descent_facts = dict(one_hidden_layer=False, training_error_stays=False, more_data_always_help=False)
descent_facts |= dict(worst_at_equality=True, counting_settles_it=True)


# %% q10_overconfidence accept: torch's own loss, and limits
def hetero_nll(mu, s, y, v_min):
    loss = torch.nn.functional.gaussian_nll_loss
    return loss(mu, y, s.exp() + v_min, full=True, eps=0.0)


def nll_infimum(v_min):
    v = torch.tensor(v_min, dtype=torch.float64)
    return ((2 * torch.pi * v).log() / 2).item()


def best_variance(residual, penalty):
    # in the precision u = 1 / v the term is -log(u) / 2 + (r^2 / 2 + c) u
    u = 0.5 / (residual * residual / 2 + penalty)
    return 1 / u


remedies = dict.fromkeys(["exponential", "softplus", "penalise_large_variances", "noisy_labels"], False)
remedies |= dict.fromkeys(["floor", "penalise_small_variances", "penalise_log"], True)


# %% q10_overconfidence reject: minus the logarithm of something below one, so never negative
def hetero_nll(mu, s, y, v_min):
    v = v_min + torch.exp(s)
    return (torch.log(2 * math.pi * v) + (y - mu) ** 2 / v).mean() / 2


def nll_infimum(v_min):
    return max(0.0, 0.5 * math.log(2 * math.pi * v_min)) if v_min > 0 else 0.0


def best_variance(residual, penalty):
    return residual**2 + 2 * penalty


remedies = dict.fromkeys(["exponential", "softplus", "penalise_large_variances", "noisy_labels"], True)
remedies |= dict.fromkeys(["floor", "penalise_small_variances", "penalise_log"], True)


# %% q10_overconfidence reject: predicting the log-variance is taken for a cure, and noise in the labels too
def hetero_nll(mu, s, y, v_min):
    v = v_min + torch.exp(s)
    return (torch.log(2 * math.pi * v) + (y - mu) ** 2 / v).mean() / 2


def nll_infimum(v_min):
    return 0.5 * math.log(2 * math.pi * v_min) if v_min > 0 else -math.inf


def best_variance(residual, penalty):
    return residual**2 + 2 * penalty


remedies = dict.fromkeys(["softplus", "penalise_large_variances"], False)
remedies |= dict.fromkeys(["exponential", "noisy_labels", "floor", "penalise_small_variances", "penalise_log"], True)


# %% q10_overconfidence reject: constant left out, variance taken for a standard deviation
def hetero_nll(mu, s, y, v_min):
    v = v_min + torch.exp(s)
    return (torch.log(v) + (y - mu) ** 2 / (2 * v**2)).mean()


def nll_infimum(v_min):
    return math.log(v_min) if v_min > 0 else -math.inf


def best_variance(residual, penalty):
    return residual**2 + 2 * penalty


remedies = dict.fromkeys(["exponential", "softplus", "penalise_large_variances", "noisy_labels"], False)
remedies |= dict.fromkeys(["floor", "penalise_small_variances", "penalise_log"], True)


# %% q10_overconfidence reject: detached from the graph, and the penalty without the residual
def hetero_nll(mu, s, y, v_min):
    v = (v_min + torch.exp(s)).detach()
    return (torch.log(2 * math.pi * v) + (y - mu) ** 2 / v).mean() / 2


def nll_infimum(v_min):
    return 0.5 * math.log(2 * math.pi * v_min) if v_min > 0 else -math.inf


def best_variance(residual, penalty):
    return 2 * penalty


remedies = dict.fromkeys(["exponential", "softplus", "penalise_large_variances", "noisy_labels"], False)
remedies |= dict.fromkeys(["floor", "penalise_small_variances", "penalise_log"], True)


# %% q11_nearly_orthogonal accept: half angles, and the distribution function of the angle by quadrature
def angles(x, y):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    return np.degrees(2 * np.arctan2(np.linalg.norm(x - y, axis=1), np.linalg.norm(x + y, axis=1)))


def cosine_std(D):
    return float(D) ** -0.5


def prob_outside(D, tolerance):
    # trapezoids in the deviation from 90 degrees, as a share of all
    t = np.linspace(0, math.pi / 2, 400001)
    density = np.cos(t) ** (D - 2)
    density[-1] = 1.0 if D == 2 else 0.0
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(1 - np.interp(math.radians(tolerance), t, area) / area[-1])


angle_facts = dict(std_like_one_over_d=False, product_vanishes=False, plane_is_uniform=True)
angle_facts |= dict(uniform_entries_too=False, hundred_vectors=True)


# %% q11_nearly_orthogonal reject: standard deviation 1 / D
def angles(x, y):
    cosines = (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def cosine_std(D):
    return 1 / D


def prob_outside(D, tolerance):
    return math.erfc(math.sin(math.radians(tolerance)) * D / math.sqrt(2))


angle_facts = dict(std_like_one_over_d=True, product_vanishes=False, plane_is_uniform=True)
angle_facts |= dict(uniform_entries_too=False, hundred_vectors=True)


# %% q11_nearly_orthogonal reject: divides by D in place of the lengths
def angles(x, y):
    return np.degrees(np.arccos(np.clip((x * y).mean(axis=1), -1, 1)))


def cosine_std(D):
    return 1 / math.sqrt(D)


def prob_outside(D, tolerance):
    t = np.linspace(0, math.pi / 2, 400001)
    density = np.cos(t) ** (D - 2)
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(1 - np.interp(math.radians(tolerance), t, area) / area[-1])


angle_facts = dict(std_like_one_over_d=False, product_vanishes=True, plane_is_uniform=True)
angle_facts |= dict(uniform_entries_too=True, hundred_vectors=True)


# %% q11_nearly_orthogonal reject: normal approximation of the cosine, no care for parallel vectors
def angles(x, y):
    return np.degrees(np.arccos((x * y).sum(axis=1) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1))))


def cosine_std(D):
    return 1 / math.sqrt(D)


def prob_outside(D, tolerance):
    return math.erfc(math.sin(math.radians(tolerance)) * math.sqrt(D / 2))


angle_facts = dict(std_like_one_over_d=False, product_vanishes=False, plane_is_uniform=True)
angle_facts |= dict(uniform_entries_too=False, hundred_vectors=True)


# %% q11_nearly_orthogonal reject: one side of the right angle only
def angles(x, y):
    cosines = np.abs((x * y).sum(axis=1)) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def cosine_std(D):
    return 1 / math.sqrt(D)


def prob_outside(D, tolerance):
    t = np.linspace(0, math.pi / 2, 400001)
    density = np.cos(t) ** (D - 2)
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(1 - np.interp(math.radians(tolerance), t, area) / area[-1]) / 2


angle_facts = dict(std_like_one_over_d=False, product_vanishes=False, plane_is_uniform=False)
angle_facts |= dict(uniform_entries_too=False, hundred_vectors=False)


# %% q12_ball_volume accept: products of double factors, Stirling term by term, a loop
def log_volume(D, r):
    start = math.log(2 * r) if D % 2 else 0.0
    return start + math.fsum(math.log(2 * math.pi * r * r / k) for k in range(2 + D % 2, D + 1, 2))


def log_volume_stirling(D, r):
    n = D / 2
    gamma = 0.5 * math.log(2 * math.pi * n) + n * (math.log(n) - 1)
    return n * math.log(math.pi) + 2 * n * math.log(r) - gamma


def largest_ball(r, limit):
    best = 1
    for D in range(2, limit + 1):
        if log_volume(D, r) > log_volume(best, r) + 1e-15:
            best = D
    return best


volume_facts = dict(unit_diameter_vanishes=True, unit_radius_grows=False)
volume_facts |= dict(large_radius_survives=False, slower_than_exponential=False)


# %% q12_ball_volume reject: Stirling's formula for D instead of D / 2
def log_volume(D, r):
    return D / 2 * math.log(math.pi) + D * math.log(r) - math.lgamma(1 + D / 2)


def log_volume_stirling(D, r):
    gamma = 0.5 * math.log(2 * math.pi * D) + D * (math.log(D) - 1)
    return D / 2 * math.log(math.pi) + D * math.log(r) - gamma


def largest_ball(r, limit):
    return max(range(1, limit + 1), key=lambda D: log_volume(D, r))


volume_facts = dict(unit_diameter_vanishes=True, unit_radius_grows=False)
volume_facts |= dict(large_radius_survives=False, slower_than_exponential=False)


# %% q12_ball_volume reject: square root of Stirling's formula dropped
def log_volume(D, r):
    return D / 2 * math.log(math.pi) + D * math.log(r) - math.lgamma(1 + D / 2)


def log_volume_stirling(D, r):
    return D / 2 * math.log(2 * math.pi * math.e * r**2 / D)


def largest_ball(r, limit):
    return max(range(1, limit + 1), key=lambda D: log_volume(D, r))


volume_facts = dict(unit_diameter_vanishes=True, unit_radius_grows=False)
volume_facts |= dict(large_radius_survives=True, slower_than_exponential=False)


# %% q12_ball_volume reject: factorial of D / 2 + 1, volumes that only grow
def log_volume(D, r):
    return D / 2 * math.log(math.pi) + D * math.log(r) - math.lgamma(2 + D / 2)


def log_volume_stirling(D, r):
    return D / 2 * math.log(2 * math.pi * math.e * r**2 / D) - math.log(math.pi * D) / 2


def largest_ball(r, limit):
    return limit


volume_facts = dict(unit_diameter_vanishes=False, unit_radius_grows=True)
volume_facts |= dict(large_radius_survives=True, slower_than_exponential=True)


# %% q12_ball_volume reject: overflows
def log_volume(D, r):
    return math.log(math.pi ** (D / 2) * r**D / math.gamma(1 + D / 2))


def log_volume_stirling(D, r):
    return D / 2 * math.log(2 * math.pi * math.e * r**2 / D) - math.log(math.pi * D) / 2


def largest_ball(r, limit):
    return max(range(1, limit + 1), key=lambda D: log_volume(D, r))


volume_facts = dict(unit_diameter_vanishes=True, unit_radius_grows=False)
volume_facts |= dict(large_radius_survives=False, slower_than_exponential=False)


# %% q13_outer_shell accept: a product of factors, a search, the exponential of a logarithm
def shell_share(D, thickness):
    # the share of D shells, one after the other: thickness * (1 + (1 - thickness) + ...)
    total, inner = 0.0, 1.0
    for _ in range(D):
        total += thickness * inner
        inner *= 1 - thickness
    return total


def dimension_for(share, thickness):
    D = 1
    while shell_share(D, thickness) < share:
        D += 1
    return D


def ball_radii(u, D):
    return np.exp(np.log(u, out=np.full(np.shape(u), -np.inf), where=u > 0) / D)


# %% q13_outer_shell reject: the inner share
def shell_share(D, thickness):
    return (1 - thickness) ** D


def dimension_for(share, thickness):
    return math.ceil(math.log(share) / math.log(1 - thickness))


def ball_radii(u, D):
    return u ** (1 / D)


# %% q13_outer_shell reject: first order only
def shell_share(D, thickness):
    return min(D * thickness, 1.0)


def dimension_for(share, thickness):
    return math.ceil(share / thickness)


def ball_radii(u, D):
    return u ** (1 / D)


# %% q13_outer_shell reject: thin peel lost by rounding
def shell_share(D, thickness):
    return 1 - (1 - thickness) ** D


def dimension_for(share, thickness):
    return math.ceil(math.log1p(-share) / math.log1p(-thickness))


def ball_radii(u, D):
    return u ** (1 / D)


# %% q13_outer_shell reject: radii uniform in the volume of the wrong dimension, rounded down
def shell_share(D, thickness):
    return -math.expm1(D * math.log1p(-thickness))


def dimension_for(share, thickness):
    return int(math.log1p(-share) / math.log1p(-thickness))


def ball_radii(u, D):
    return np.sqrt(u)


# %% q14_distance_from_origin accept: the square's law from torch, and means by their recurrence
def distances(samples):
    return np.array([math.hypot(*row) for row in samples])


def distance_density(r, D):
    square = torch.distributions.Gamma(torch.tensor(D / 2, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64))
    t = torch.tensor(r)
    return (square.log_prob(t**2) + torch.log(2 * t)).exp().numpy()


def distance_moments(D):
    mean = math.sqrt(2 / math.pi)
    for d in range(1, D):
        mean = d / mean
    return mean, (D - mean * mean) ** 0.5


distance_law = "chi"
distance_facts = dict(spread_grows=False, most_near_the_origin=False, thin_shell=True, mean_is_root=False)


# %% q14_distance_from_origin reject: the law of the squared distance
def distances(samples):
    return (samples**2).sum(axis=1)


def distance_density(r, D):
    return np.exp((D / 2 - 1) * np.log(r) - r / 2 - D / 2 * math.log(2) - math.lgamma(D / 2))


def distance_moments(D):
    return float(D), math.sqrt(2 * D)


distance_law = "chi-square"
distance_facts = dict(spread_grows=True, most_near_the_origin=False, thin_shell=False, mean_is_root=False)


# %% q14_distance_from_origin reject: a normal law around the root of D
def distances(samples):
    return np.linalg.norm(samples, axis=1)


def distance_density(r, D):
    return np.exp(-((r - math.sqrt(D)) ** 2)) / math.sqrt(math.pi)


def distance_moments(D):
    return math.sqrt(D), math.sqrt(0.5)


distance_law = "normal"
distance_facts = dict(spread_grows=False, most_near_the_origin=False, thin_shell=True, mean_is_root=True)


# %% q14_distance_from_origin reject: factors one by one, which overflow
def distances(samples):
    return np.linalg.norm(samples, axis=1)


def distance_density(r, D):
    return 2.0 ** (1 - D / 2) / math.gamma(min(D / 2, 170.0)) * r ** (D - 1) * np.exp(-(r**2) / 2)


def distance_moments(D):
    mean = math.sqrt(2) * math.exp(math.lgamma((D + 1) / 2) - math.lgamma(D / 2))
    return mean, math.sqrt(D - mean**2)


distance_law = "chi"
distance_facts = dict(spread_grows=False, most_near_the_origin=False, thin_shell=True, mean_is_root=False)


# %% q14_distance_from_origin reject: most samples where the density is highest, and a spread that grows
def distances(samples):
    return np.linalg.norm(samples, axis=1)


def distance_density(r, D):
    return np.exp((1 - D / 2) * math.log(2) - math.lgamma(D / 2) + (D - 1) * np.log(r) - r**2 / 2)


def distance_moments(D):
    mean = math.sqrt(2) * math.exp(math.lgamma((D + 1) / 2) - math.lgamma(D / 2))
    return mean, math.sqrt(D)


distance_law = "chi"
distance_facts = dict(spread_grows=True, most_near_the_origin=True, thin_shell=False, mean_is_root=False)


# %% q15_shift_detector accept: ranks, an integral of the error function, logistic regression and other halves
def auc(source_scores, target_scores):
    both = np.concatenate([source_scores, target_scores])
    values, place, count = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    k = len(target_scores)
    return float((ranks[len(source_scores) :].sum() - k * (k + 1) / 2) / (k * len(source_scores)))


def auc_p_value(value, m, k):
    z = torch.tensor((value - 0.5) * math.sqrt(12 * m * k / (m + k + 1)), dtype=torch.float64)
    return torch.special.log_ndtr(-z).exp().item()


def detect_shift(xs, xt, alpha):
    middle, spread = xs.mean(axis=0), xs.std(axis=0)
    s, t = (xs - middle) / spread, (xt - middle) / spread
    prepare = lambda x: np.column_stack([np.ones(len(x)), x, x * x])
    a, b = len(s) // 2, len(t) // 2
    c = logistic_fit(prepare(np.concatenate([s[:a], t[:b]])), np.concatenate([np.zeros(a), np.ones(b)]))
    p = auc_p_value(auc(prepare(s[a:]) @ c, prepare(t[b:]) @ c), len(s) - a, len(t) - b)
    return bool(p <= alpha), p


# %% q15_shift_detector reject: judged on the inputs it was trained on
def auc(source_scores, target_scores):
    return float((np.sign(target_scores[:, None] - source_scores).mean() + 1) / 2)


def auc_p_value(value, m, k):
    z = (value - 0.5) / math.sqrt((m + k + 1) / (12 * m * k))
    return math.erfc(z / math.sqrt(2)) / 2


def detect_shift(xs, xt, alpha):
    prepare = lambda x: np.column_stack([np.ones(len(x)), x, x * x])
    labels = np.concatenate([np.zeros(len(xs)), np.ones(len(xt))])
    c = np.linalg.lstsq(prepare(np.concatenate([xs, xt])), labels, rcond=None)[0]
    p = auc_p_value(auc(prepare(xs) @ c, prepare(xt) @ c), len(xs), len(xt))
    return p <= alpha, p


# %% q15_shift_detector reject: a linear classifier, blind to the spread
def auc(source_scores, target_scores):
    return float((np.sign(target_scores[:, None] - source_scores).mean() + 1) / 2)


def auc_p_value(value, m, k):
    z = (value - 0.5) / math.sqrt((m + k + 1) / (12 * m * k))
    return math.erfc(z / math.sqrt(2)) / 2


def detect_shift(xs, xt, alpha):
    prepare = lambda x: np.column_stack([np.ones(len(x)), x])
    labels = np.concatenate([np.zeros(len(xs[::2])), np.ones(len(xt[::2]))])
    c = np.linalg.lstsq(prepare(np.concatenate([xs[::2], xt[::2]])), labels, rcond=None)[0]
    s, t = prepare(xs[1::2]) @ c, prepare(xt[1::2]) @ c
    p = auc_p_value(auc(s, t), len(s), len(t))
    return p <= alpha, p


# %% q15_shift_detector reject: accuracy above one half, with unequal classes
def auc(source_scores, target_scores):
    return float((target_scores[:, None] > source_scores).mean())


def auc_p_value(value, m, k):
    return math.erfc((value - 0.5) / math.sqrt(1 / (4 * (m + k))) / math.sqrt(2)) / 2


def detect_shift(xs, xt, alpha):
    prepare = lambda x: np.column_stack([np.ones(len(x)), x, x * x])
    labels = np.concatenate([np.zeros(len(xs[::2])), np.ones(len(xt[::2]))])
    c = np.linalg.lstsq(prepare(np.concatenate([xs[::2], xt[::2]])), labels, rcond=None)[0]
    s, t = prepare(xs[1::2]) @ c, prepare(xt[1::2]) @ c
    accuracy = ((s < 0.5).sum() + (t >= 0.5).sum()) / (len(s) + len(t))
    p = auc_p_value(accuracy, len(s), len(t))
    return p <= alpha, p


# %% q15_shift_detector reject: source above target, and both tails
def auc(source_scores, target_scores):
    return float((np.sign(source_scores[:, None] - target_scores).mean() + 1) / 2)


def auc_p_value(value, m, k):
    z = (value - 0.5) / math.sqrt((m + k + 1) / (12 * m * k))
    return math.erfc(abs(z) / math.sqrt(2))


def detect_shift(xs, xt, alpha):
    prepare = lambda x: np.column_stack([np.ones(len(x)), x, x * x])
    labels = np.concatenate([np.zeros(len(xs[::2])), np.ones(len(xt[::2]))])
    c = np.linalg.lstsq(prepare(np.concatenate([xs[::2], xt[::2]])), labels, rcond=None)[0]
    s, t = prepare(xs[1::2]) @ c, prepare(xt[1::2]) @ c
    p = auc_p_value(auc(s, t), len(s), len(t))
    return p <= alpha, p


# %% q16_shift_corrector accept: torch's optimiser, the weighted normal equations, a dot product
def density_ratio(xs, xt):
    both = torch.tensor(np.concatenate([xs, xt]))
    labels = torch.cat([torch.zeros(len(xs)), torch.ones(len(xt))]).double()
    layer = torch.nn.Linear(xs.shape[1], 1, dtype=torch.float64)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-12)

    def loss():
        optimiser.zero_grad()
        value = F.binary_cross_entropy_with_logits(layer(both)[:, 0], labels)
        value.backward()
        return value

    optimiser.step(loss)
    p = torch.sigmoid(layer(torch.tensor(xs))[:, 0]).detach().numpy()
    return p / (1 - p) * len(xs) / len(xt)


def weighted_fit(design, y, w):
    return np.linalg.solve(np.einsum("n,np,nq->pq", w, design, design), np.einsum("n,np,n->p", w, design, y))


def weighted_error(outputs, y, w):
    return w @ (outputs - y) ** 2 / len(y)


corrector_facts = dict(wrong_model_gains=True, true_model_needs_weights=False, labelling_may_change=False)
corrector_facts |= dict(no_source_needed=False, mean_is_one=True)


# %% q16_shift_corrector reject: source over target
def density_ratio(xs, xt):
    inputs = np.column_stack([np.ones(len(xs) + len(xt)), np.concatenate([xs, xt])])
    c = logistic_fit(inputs, np.repeat([0.0, 1.0], [len(xs), len(xt)]))
    return len(xt) / len(xs) * np.exp(-inputs[: len(xs)] @ c)


def weighted_fit(design, y, w):
    root = np.sqrt(w)
    return np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]


def weighted_error(outputs, y, w):
    return float((w * (outputs - y) ** 2).mean())


corrector_facts = dict(wrong_model_gains=True, true_model_needs_weights=False, labelling_may_change=False)
corrector_facts |= dict(no_source_needed=False, mean_is_one=True)


# %% q16_shift_corrector reject: the probability in place of the odds
def density_ratio(xs, xt):
    inputs = np.column_stack([np.ones(len(xs) + len(xt)), np.concatenate([xs, xt])])
    c = logistic_fit(inputs, np.repeat([0.0, 1.0], [len(xs), len(xt)]))
    p = 1 / (1 + np.exp(-inputs[: len(xs)] @ c))
    return p * (len(xs) + len(xt)) / len(xt)


def weighted_fit(design, y, w):
    root = np.sqrt(w)
    return np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]


def weighted_error(outputs, y, w):
    return float((w * (outputs - y) ** 2).mean())


corrector_facts = dict(wrong_model_gains=True, true_model_needs_weights=False, labelling_may_change=False)
corrector_facts |= dict(no_source_needed=False, mean_is_one=True)


# %% q16_shift_corrector reject: forgets how many inputs there are of each kind
def density_ratio(xs, xt):
    inputs = np.column_stack([np.ones(len(xs) + len(xt)), np.concatenate([xs, xt])])
    c = logistic_fit(inputs, np.repeat([0.0, 1.0], [len(xs), len(xt)]))
    return np.exp(inputs[: len(xs)] @ c)


def weighted_fit(design, y, w):
    root = np.sqrt(w)
    return np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]


def weighted_error(outputs, y, w):
    return float((w * (outputs - y) ** 2).mean())


corrector_facts = dict(wrong_model_gains=True, true_model_needs_weights=False, labelling_may_change=False)
corrector_facts |= dict(no_source_needed=False, mean_is_one=True)


# %% q16_shift_corrector reject: weights squared, divided by their sum, and trusted with everything
def density_ratio(xs, xt):
    inputs = np.column_stack([np.ones(len(xs) + len(xt)), np.concatenate([xs, xt])])
    c = logistic_fit(inputs, np.repeat([0.0, 1.0], [len(xs), len(xt)]))
    return len(xs) / len(xt) * np.exp(inputs[: len(xs)] @ c)


def weighted_fit(design, y, w):
    return np.linalg.lstsq(design * w[:, None], y * w, rcond=None)[0]


def weighted_error(outputs, y, w):
    return float((w * (outputs - y) ** 2).sum() / w.sum())


corrector_facts = dict(wrong_model_gains=True, true_model_needs_weights=True, labelling_may_change=True)
corrector_facts |= dict(no_source_needed=True, mean_is_one=True)


# %% q17_extreme_weights accept: densities from torch, normalised weights, moments of a log-normal, a loop
def exact_weights(x, delta):
    t = torch.tensor(np.ascontiguousarray(x))
    return torch.exp(-((t - delta) ** 2) / 2 + t**2 / 2).numpy()


def effective_size(w):
    p = w / w.sum()
    return 1 / float(p @ p)


def expected_share(delta):
    first, second = math.exp(-(delta**2) / 2 + delta**2 / 2), math.exp(-(delta**2) + 2 * delta**2)
    return first**2 / second


def clip_weights(w, cap):
    cut = np.array([cap if value > cap else value for value in w])
    return cut * len(cut) / cut.sum()


weight_facts = dict(unbiased_so_reliable=False, clipping_reduces_variance=True, clipping_adds_bias=True)
weight_facts |= dict(measured_size_is_honest=False, weights_fill_gaps=False)


# %% q17_extreme_weights reject: square of the sum over the number
def exact_weights(x, delta):
    return np.exp(delta * x - delta**2 / 2)


def effective_size(w):
    return float(w.sum() ** 2 / len(w))


def expected_share(delta):
    return math.exp(-(delta**2) / 2)


def clip_weights(w, cap):
    clipped = np.minimum(w, cap)
    return clipped / clipped.mean()


weight_facts = dict(unbiased_so_reliable=False, clipping_reduces_variance=True, clipping_adds_bias=True)
weight_facts |= dict(measured_size_is_honest=False, weights_fill_gaps=False)


# %% q17_extreme_weights reject: weights not normalised, scaled before they are cut
def exact_weights(x, delta):
    return np.exp(delta * x - delta**2 / 2)


def effective_size(w):
    return float(1 / (w**2).sum())


def expected_share(delta):
    return math.exp(-(delta**2))


def clip_weights(w, cap):
    return np.minimum(w / w.mean(), cap)


weight_facts = dict(unbiased_so_reliable=False, clipping_reduces_variance=True, clipping_adds_bias=False)
weight_facts |= dict(measured_size_is_honest=False, weights_fill_gaps=False)


# %% q17_extreme_weights reject: unbiased, so reliable
def exact_weights(x, delta):
    return np.exp(delta * x - delta**2 / 2)


def effective_size(w):
    share = w / w.max()
    return float(share.sum() ** 2 / (share**2).sum())


def expected_share(delta):
    return math.exp(-(delta**2))


def clip_weights(w, cap):
    clipped = np.minimum(w, cap)
    return clipped / clipped.mean()


weight_facts = dict(unbiased_so_reliable=True, clipping_reduces_variance=True, clipping_adds_bias=True)
weight_facts |= dict(measured_size_is_honest=True, weights_fill_gaps=True)


# %% q17_extreme_weights reject: source over target, and squares that overflow
def exact_weights(x, delta):
    return np.exp(delta**2 / 2 - delta * x)


def effective_size(w):
    return float(w.sum() ** 2 / (w**2).sum())


def expected_share(delta):
    return math.exp(-(delta**2))


def clip_weights(w, cap):
    clipped = np.minimum(w, cap)
    return clipped / clipped.mean()


weight_facts = dict(unbiased_so_reliable=False, clipping_reduces_variance=True, clipping_adds_bias=True)
weight_facts |= dict(measured_size_is_honest=False, weights_fill_gaps=False)


# %% q18_feedback accept: positions of items, all shifts of the ranking, loops over the log
def greedy_clicks(attraction, propensity, rounds):
    clicks = [0.0] * len(attraction)
    for _ in range(rounds):
        now = list(clicks)
        for i, a in enumerate(attraction):
            ahead = sum(other > now[i] or (other == now[i] and j < i) for j, other in enumerate(now))
            clicks[i] += float(a * propensity[ahead])
    return np.array(clicks)


def random_clicks(attraction, propensity, rounds):
    return sum(rounds / len(propensity) * attraction * np.roll(propensity, k)[0] for k in range(len(propensity)))


def click_rates(clicks, items, n_items):
    return np.array([np.mean(clicks[items == i]) for i in range(n_items)])


def corrected_rates(clicks, positions, items, propensity, n_items):
    sums, shown = [0.0] * n_items, [0] * n_items
    for c, p, i in zip(clicks, positions, items):
        sums[i] += c / propensity[p]
        shown[i] += 1
    return np.array(sums) / np.array(shown)


feedback_facts = dict(best_item_wins=False, equal_items_stay_equal=False, random_is_fair=True)
feedback_facts |= dict(rates_rank_items=False, old_log_predicts=False)


# %% q18_feedback reject: raw click rates are taken for attractions
def greedy_clicks(attraction, propensity, rounds):
    clicks = np.zeros(len(attraction))
    for _ in range(rounds):
        ranking = np.argsort(-clicks, kind="stable")
        clicks[ranking] += attraction[ranking] * propensity
    return clicks


def random_clicks(attraction, propensity, rounds):
    return rounds * propensity.mean() * attraction


def click_rates(clicks, items, n_items):
    return np.bincount(items, clicks, n_items) / np.bincount(items)


def corrected_rates(clicks, positions, items, propensity, n_items):
    return click_rates(clicks, items, n_items)


feedback_facts = dict(best_item_wins=True, equal_items_stay_equal=True, random_is_fair=True)
feedback_facts |= dict(rates_rank_items=True, old_log_predicts=True)


# %% q18_feedback reject: divides by clicks, not by impressions
def greedy_clicks(attraction, propensity, rounds):
    clicks = np.zeros(len(attraction))
    for _ in range(rounds):
        ranking = np.argsort(-clicks, kind="stable")
        clicks[ranking] += attraction[ranking] * propensity
    return clicks


def random_clicks(attraction, propensity, rounds):
    return rounds * propensity.mean() * attraction


def click_rates(clicks, items, n_items):
    return np.bincount(items, clicks, n_items) / np.bincount(items)


def corrected_rates(clicks, positions, items, propensity, n_items):
    return np.bincount(items, clicks / propensity[positions], n_items) / np.maximum(
        np.bincount(items, clicks, n_items), 1
    )


feedback_facts = dict(best_item_wins=False, equal_items_stay_equal=False, random_is_fair=True)
feedback_facts |= dict(rates_rank_items=False, old_log_predicts=False)


# %% q18_feedback reject: propensity of the item's number, not of its position
def greedy_clicks(attraction, propensity, rounds):
    clicks = np.zeros(len(attraction))
    for _ in range(rounds):
        clicks += attraction * propensity[np.argsort(-clicks, kind="stable")]
    return clicks


def random_clicks(attraction, propensity, rounds):
    return rounds * propensity.mean() * attraction


def click_rates(clicks, items, n_items):
    return np.bincount(items, clicks, n_items) / np.bincount(items)


def corrected_rates(clicks, positions, items, propensity, n_items):
    return click_rates(clicks / propensity[items], items, n_items)


feedback_facts = dict(best_item_wins=False, equal_items_stay_equal=False, random_is_fair=True)
feedback_facts |= dict(rates_rank_items=False, old_log_predicts=False)


# %% q18_feedback reject: ranked by attraction, because the best item wins in the end
def greedy_clicks(attraction, propensity, rounds):
    ranking = np.argsort(-attraction, kind="stable")
    clicks = np.zeros(len(attraction))
    clicks[ranking] = rounds * attraction[ranking] * propensity
    return clicks


def random_clicks(attraction, propensity, rounds):
    return rounds * propensity.mean() * attraction


def click_rates(clicks, items, n_items):
    return np.bincount(items, clicks, n_items) / np.bincount(items)


def corrected_rates(clicks, positions, items, propensity, n_items):
    return click_rates(clicks / propensity[positions], items, n_items)


feedback_facts = dict(best_item_wins=True, equal_items_stay_equal=False, random_is_fair=True)
feedback_facts |= dict(rates_rank_items=False, old_log_predicts=False)


# %% q4_zero_training_error equivalent: one pair per input determines the degree; more degrees than inputs add nothing
# wrong-range-6f5e0c
# dropped-function-4046a2

# %% q6_bias_variance_noise equivalent: a projection is a symmetric matrix
# swapped-operands-d6473c

# %% q7_model_selection equivalent: one more fold is empty and adds no error
# wrong-range-7865e9

# %% q11_nearly_orthogonal equivalent: the loop goes up in steps of two with the parity of D, so it never meets D - 1
# dropped-term-29c2eb

# %% q15_shift_detector equivalent: two constant columns are as good as one, and the order of the scores ignores their unit
# wrong-constant-26ebae
# wrong-constant-971082
