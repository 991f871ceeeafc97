# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_line_gradient accept: autograd, one example at a time, and a loop over the batch
def per_example_gradients(phi, x, y):
    rows = np.zeros((len(x), 2))
    for i in range(len(x)):
        p = torch.tensor(phi, requires_grad=True)
        ((p[0] + p[1] * x[i] - y[i]) ** 2).backward()
        rows[i] = p.grad.numpy()
    return rows


def minibatch_gradient(phi, x, y, batch):
    rows, total = per_example_gradients(phi, x, y), np.zeros(2)
    for i in batch:
        total = total + rows[i]
    return total


# %% q1_line_gradient accept: the design matrix
def per_example_gradients(phi, x, y):
    design = np.column_stack([np.ones(len(x)), x])
    return 2 * design * (design @ phi - y)[:, None]


def minibatch_gradient(phi, x, y, batch):
    design = np.column_stack([np.ones(len(x)), x])[batch]
    return 2 * design.T @ (design @ phi - y[batch])


# %% q1_line_gradient reject: factor 2 left out
def per_example_gradients(phi, x, y):
    error = phi[0] + phi[1] * x - y
    return np.stack([error, error * x], axis=1)


def minibatch_gradient(phi, x, y, batch):
    return per_example_gradients(phi, x[batch], y[batch]).sum(axis=0)


# %% q1_line_gradient reject: mean over the batch
def per_example_gradients(phi, x, y):
    error = 2 * (phi[0] + phi[1] * x - y)
    return np.stack([error, error * x], axis=1)


def minibatch_gradient(phi, x, y, batch):
    return per_example_gradients(phi, x[batch], y[batch]).mean(axis=0)


# %% q1_line_gradient reject: rows averaged over the data set
def per_example_gradients(phi, x, y):
    error = 2 * (phi[0] + phi[1] * x - y)
    return np.stack([error, error * x], axis=1) / max(len(x), 1)


def minibatch_gradient(phi, x, y, batch):
    error = 2 * (phi[0] + phi[1] * x[batch] - y[batch])
    return np.array([error.sum(), error @ x[batch]])


# %% q1_line_gradient reject: slope before intercept
def per_example_gradients(phi, x, y):
    error = 2 * (phi[0] + phi[1] * x - y)
    return np.stack([error * x, error], axis=1)


def minibatch_gradient(phi, x, y, batch):
    return per_example_gradients(phi, x[batch], y[batch]).sum(axis=0)


# %% q1_line_gradient reject: error taken as target minus output
def per_example_gradients(phi, x, y):
    error = 2 * (y - phi[0] - phi[1] * x)
    return np.stack([error, error * x], axis=1)


def minibatch_gradient(phi, x, y, batch):
    return per_example_gradients(phi, x[batch], y[batch]).sum(axis=0)


# %% q1_line_gradient reject: repeated examples counted once
def per_example_gradients(phi, x, y):
    error = 2 * (phi[0] + phi[1] * x - y)
    return np.stack([error, error * x], axis=1)


def minibatch_gradient(phi, x, y, batch):
    batch = np.unique(batch)
    return per_example_gradients(phi, x[batch], y[batch]).sum(axis=0)


# %% q2_line_hessian accept: products of the design matrix, pairs of points for the determinant
def line_hessian(x):
    design = np.column_stack([np.ones(len(x)), x])
    return 2 * design.T @ design


def trace_det(x):
    pairs = sum((a - b) ** 2 for i, a in enumerate(x) for b in x[:i])
    return np.trace(line_hessian(x)), 4.0 * pairs


def has_one_minimum(x):
    return len(set(x.tolist())) > 1


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian accept: exact fractions
from fractions import Fraction


def line_hessian(x):
    h = np.zeros((2, 2))
    for v in x:
        h += 2 * np.outer([1, v], [1, v])
    return h


def trace_det(x):
    exact = [Fraction(float(v)) for v in x]
    n, first, second = len(exact), sum(exact), sum(v * v for v in exact)
    return float(2 * n + 2 * second), float(4 * n * second - 4 * first * first)


def has_one_minimum(x):
    return bool(np.any(x[1:] != x[:-1]))


bowl_facts = {"never_negative": True}
bowl_facts |= {key: False for key in ("always_positive", "depends_on_targets", "curvature_gives_minimum")}


# %% q2_line_hessian reject: factor 2 left out
def line_hessian(x):
    return np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return len(x) + (x**2).sum(), len(x) * ((x - x.mean()) ** 2).sum()


def has_one_minimum(x):
    return bool(x.max() > x.min())


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian reject: determinant as a difference of two large numbers
def line_hessian(x):
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return 2 * (len(x) + (x**2).sum()), 4 * (len(x) * (x**2).sum() - x.sum() ** 2)


def has_one_minimum(x):
    return bool(x.max() > x.min())


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian reject: number of examples left out of the determinant
def line_hessian(x):
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return 2 * (len(x) + (x**2).sum()), 4 * ((x - x.mean()) ** 2).sum()


def has_one_minimum(x):
    return bool(x.max() > x.min())


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian reject: both eigenvalues claimed to be positive for all data, as the source asks to show
def line_hessian(x):
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return 2 * (len(x) + (x**2).sum()), 4 * len(x) * ((x - x.mean()) ** 2).sum()


def has_one_minimum(x):
    return True


bowl_facts = dict(never_negative=True, always_positive=True, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian reject: trusts the sign of a rounded determinant
def line_hessian(x):
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return 2 * (len(x) + (x**2).sum()), 4 * len(x) * ((x - x.mean()) ** 2).sum()


def has_one_minimum(x):
    return bool(trace_det(x)[1] > 0)


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=False)


# %% q2_line_hessian reject: believes that bending upwards everywhere is enough for a minimum
def line_hessian(x):
    return 2.0 * np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])


def trace_det(x):
    return 2 * (len(x) + (x**2).sum()), 4 * len(x) * ((x - x.mean()) ** 2).sum()


def has_one_minimum(x):
    return bool(x.max() > x.min())


bowl_facts = dict(never_negative=True, always_positive=False, depends_on_targets=False, curvature_gives_minimum=True)


# %% q3_minima accept: loops, and words from a count
convex = dict(A=False, B=True, C=False)
points = dict(enumerate("global neither local neither global neither global".split(), start=1))


def is_convex_on(f, lo, hi, n, tol):
    values = [float(v) for v in f(np.array([lo + (hi - lo) * i / (n - 1) for i in range(n)]))]
    for i in range(1, n - 1):
        if (values[i + 1] - values[i]) - (values[i] - values[i - 1]) < -tol:
            return False
    return True


def classify(f, x, grid, step, tol):
    value, left, right = (float(f(place)) for place in (x, x - step, x + step))
    if not (left - value >= -tol and right - value >= -tol):
        return "neither"
    lower = sum(1 for v in f(np.asarray(grid)) if value - v > tol)
    return "local" if lower else "global"


# %% q3_minima reject: every place with a zero slope called a minimum
convex = {"A": False, "B": True, "C": False}
points = {1: "global", 2: "local", 3: "local", 4: "neither", 5: "global", 6: "local", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) >= -tol).all())


def classify(f, x, grid, step, tol):
    if abs(f(x + step) - f(x - step)) > 0.01 * step:
        return "neither"
    return "local" if f(grid).min() < f(x) - tol else "global"


# %% q3_minima reject: a function with a single minimum called convex
convex = {"A": False, "B": True, "C": True}
points = {1: "global", 2: "neither", 3: "local", 4: "neither", 5: "global", 6: "neither", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    slopes = np.diff(f(np.linspace(lo, hi, n)))
    return bool((np.diff((slopes > tol).astype(int)) >= 0).all())


def classify(f, x, grid, step, tol):
    if min(f(x - step), f(x + step)) < f(x) - tol:
        return "neither"
    return "local" if f(grid).min() < f(x) - tol else "global"


# %% q3_minima reject: strict second differences, so that lines are not convex
convex = {"A": False, "B": True, "C": False}
points = {1: "global", 2: "neither", 3: "local", 4: "neither", 5: "global", 6: "neither", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) > tol).all())


def classify(f, x, grid, step, tol):
    if min(f(x - step), f(x + step)) < f(x) - tol:
        return "neither"
    return "local" if f(grid).min() < f(x) - tol else "global"


# %% q3_minima reject: the last point wanted as the only lowest one, so that twins are local
convex = {"A": False, "B": True, "C": False}
points = {1: "global", 2: "neither", 3: "local", 4: "neither", 5: "global", 6: "neither", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) >= -tol).all())


def classify(f, x, grid, step, tol):
    if min(f(x - step), f(x + step)) < f(x) - tol:
        return "neither"
    others = f(grid[np.abs(grid - x) > step])
    return "global" if len(others) == 0 or others.min() > f(x) + tol else "local"


# %% q3_minima reject: looks at the right neighbour only
convex = {"A": False, "B": True, "C": False}
points = {1: "global", 2: "neither", 3: "local", 4: "neither", 5: "global", 6: "neither", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) >= -tol).all())


def classify(f, x, grid, step, tol):
    if f(x + step) < f(x) - tol:
        return "neither"
    return "local" if f(grid).min() < f(x) - tol else "global"


# %% q3_minima reject: the minimum on the right of A called global
convex = {"A": False, "B": True, "C": False}
points = {1: "global", 2: "neither", 3: "global", 4: "neither", 5: "global", 6: "neither", 7: "global"}


def is_convex_on(f, lo, hi, n, tol):
    return bool((np.diff(f(np.linspace(lo, hi, n)), 2) >= -tol).all())


def classify(f, x, grid, step, tol):
    if min(f(x - step), f(x + step)) < f(x) - tol:
        return "neither"
    return "local" if f(grid).min() < f(x) - tol else "global"


# %% q4_sigmoid_curve accept: product of both probabilities, crossing from a linear system
def sigmoid_slope(z):
    z = np.clip(np.asarray(z, dtype=float), -708, 708)
    return 1 / (1 + np.exp(-z)) * (1 / (1 + np.exp(z)))


def crossing(phi):
    intercept, slope = (float(p) for p in phi)
    return float(np.linalg.solve([[slope]], [-intercept])[0])


def crossing_slope(phi):
    return 0.25 * float(phi[1])


def crossing_moves(phi):
    return -int(math.copysign(1, phi[1]))


# %% q4_sigmoid_curve accept: hyperbolic cosine, and the crossing of a nudged curve
def sigmoid_slope(z):
    z = np.asarray(z) / 2
    return np.exp(-2 * np.logaddexp(z, -z))


def crossing(phi):
    return np.roots([phi[1], phi[0]])[0] if phi[0] else 0.0


def crossing_slope(phi):
    return float(phi[1]) * float(sigmoid_slope(np.zeros(1))[0])


def crossing_moves(phi):
    return int(np.sign(crossing([phi[0] + 1.0, phi[1]]) - crossing(phi)))


# %% q4_sigmoid_curve reject: misprint of the source, exp(z) in the numerator
def sigmoid_slope(z):
    return np.exp(z) / (1 + np.exp(-z)) ** 2


def crossing(phi):
    return -phi[0] / phi[1]


def crossing_slope(phi):
    return phi[1] / 4


def crossing_moves(phi):
    return -1 if phi[1] > 0 else 1


# %% q4_sigmoid_curve reject: s (1 - s), which is 0 where s rounds to 1
def sigmoid_slope(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)


def crossing(phi):
    return -phi[0] / phi[1]


def crossing_slope(phi):
    return phi[1] / 4


def crossing_moves(phi):
    return -1 if phi[1] > 0 else 1


# %% q4_sigmoid_curve reject: a larger phi_0 always moves the crossing left, as the source says
def sigmoid_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def crossing(phi):
    return -phi[0] / phi[1]


def crossing_slope(phi):
    return phi[1] / 4


def crossing_moves(phi):
    return -1


# %% q4_sigmoid_curve reject: slope of the curve taken for phi_1 itself
def sigmoid_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def crossing(phi):
    return -phi[0] / phi[1]


def crossing_slope(phi):
    return phi[1]


def crossing_moves(phi):
    return -1 if phi[1] > 0 else 1


# %% q4_sigmoid_curve reject: crossing at minus phi_0, whatever the steepness
def sigmoid_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def crossing(phi):
    return -phi[0] / abs(phi[1])


def crossing_slope(phi):
    return abs(phi[1]) / 4


def crossing_moves(phi):
    return -1 if phi[1] > 0 else 1


# %% q5_logistic_loss accept: signs in place of labels, everything from one margin
def logistic_loss(phi, x, y):
    margin = (2 * y - 1) * (phi[0] + phi[1] * x)
    return math.fsum(np.log1p(np.exp(-np.abs(margin))) + np.maximum(-margin, 0))


def sure(t):
    e = np.exp(-np.abs(t))
    return np.where(t >= 0, 1 / (1 + e), e / (1 + e))


def logistic_gradient(phi, x, y):
    sign = 2 * y - 1
    pull = -sign * sure(-sign * (phi[0] + phi[1] * x))
    return np.column_stack([np.ones(len(x)), x]).T @ pull


def logistic_hessian(phi, x, y):
    z = phi[0] + phi[1] * x
    design = np.column_stack([np.ones(len(x)), x])
    return (design * (sure(z) * sure(-z))[:, None]).T @ design


def loss_grid(x, y, phi0s, phi1s):
    z = np.asarray(phi0s)[:, None, None] + np.asarray(phi1s)[None, :, None] * x
    return (np.logaddexp(0, z) - y * z).sum(axis=2)


logistic_facts = {"cross_entropy_is_convex": True, "squared_error_is_convex": False}
logistic_facts |= {"separated_data_have_a_minimum": False, "hessian_depends_on_labels": False}
logistic_facts["definite_if_two_differ"] = True


# %% q5_logistic_loss accept: torch throughout
bce = torch.nn.functional.binary_cross_entropy_with_logits


def torch_loss(p, x, y):
    return bce(p[0] + p[1] * torch.tensor(x.copy()), torch.tensor(y.copy()), reduction="sum")


def logistic_loss(phi, x, y):
    return torch_loss(torch.tensor([float(p) for p in phi], dtype=torch.float64), x, y).item()


def logistic_gradient(phi, x, y):
    p = torch.tensor(phi, requires_grad=True)
    torch_loss(p, x, y).backward()
    return p.grad.numpy()


def logistic_hessian(phi, x, y):
    return torch.autograd.functional.hessian(lambda p: torch_loss(p, x, y), torch.tensor(phi)).numpy()


def loss_grid(x, y, phi0s, phi1s):
    grid = np.zeros((len(phi0s), len(phi1s)))
    for i, a in enumerate(phi0s):
        for j, b in enumerate(phi1s):
            grid[i, j] = logistic_loss([a, b], x, y)
    return grid


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: logarithms of rounded probabilities
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    s = 1 / (1 + np.exp(-z))
    return -(y * np.log(s) + (1 - y) * np.log(1 - s)).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: gradient written as a quotient, 0 / 0 for a very sure model
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 1 / (1 + np.exp(-phi[0] - phi[1] * x))
    d = ((1 - y) / (1 - s) - y / s) * s * (1 - s)
    return np.array([d.sum(), d @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: gradient with the sign of y - s
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(y - s).sum(), (y - s) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: mean over the examples
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).mean()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).mean(), (s - y) @ x / len(x)])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s) / len(x)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: Hessian without the derivative of the sigmoid
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = np.ones(len(x))
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: rows and columns of the grid swapped
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for a in phi0s] for b in phi1s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: squared error on the probabilities
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return ((0.5 + 0.5 * np.tanh(z / 2) - y) ** 2).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    d = 2 * (s - y) * s * (1 - s)
    return np.array([d.sum(), d @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: says that the loss is not convex because the sigmoid is not
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=False,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: says that separated classes have a best phi
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=False,
    separated_data_have_a_minimum=True,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q5_logistic_loss reject: says that the squared error is convex, too
def logistic_loss(phi, x, y):
    z = phi[0] + phi[1] * x
    return (np.logaddexp(0, z) - y * z).sum()


def logistic_gradient(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    return np.array([(s - y).sum(), (s - y) @ x])


def logistic_hessian(phi, x, y):
    s = 0.5 + 0.5 * np.tanh((phi[0] + phi[1] * x) / 2)
    w = s * (1 - s)
    return np.array([[w.sum(), w @ x], [w @ x, w @ x**2]])


def loss_grid(x, y, phi0s, phi1s):
    return np.array([[logistic_loss((a, b), x, y) for b in phi1s] for a in phi0s])


logistic_facts = dict(
    cross_entropy_is_convex=True,
    squared_error_is_convex=True,
    separated_data_have_a_minimum=False,
    hessian_depends_on_labels=False,
    definite_if_two_differ=True,
)


# %% q6_gabor_gradient accept: autograd of the model rebuilt in torch
def gabor_gradient(phi, x, y):
    p = torch.tensor(phi, requires_grad=True)
    x, y = torch.tensor(x.copy()), torch.tensor(y.copy())
    u = p[0] + p[1] * x * 0.06
    loss = (torch.sin(u) * torch.exp(-(u**2) / 32) - y).square().sum()
    return torch.autograd.grad(loss, p)[0].numpy()


# %% q6_gabor_gradient accept: a loop over the examples with a complex exponential
def gabor_gradient(phi, x, y):
    g0 = g1 = 0.0
    for xi, yi in zip(x, y):
        u = complex(phi[0] + 0.06 * phi[1] * xi)
        wave = np.exp(1j * u - u**2 / 32)
        error, slope = wave.imag - yi, (wave * (1j - u / 16)).imag
        g0 += 2 * error * slope
        g1 += 0.12 * xi * error * slope
    return np.array([g0, g1])


# %% q6_gabor_gradient reject: the bell is not differentiated
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u)
    error = np.sin(u) * bell - y
    return np.array([2 * (error * slope).sum(), 0.12 * (error * slope * x).sum()])


# %% q6_gabor_gradient reject: u / 32 in place of u / 16
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u) - np.sin(u) * bell * u / 32
    error = np.sin(u) * bell - y
    return np.array([2 * (error * slope).sum(), 0.12 * (error * slope * x).sum()])


# %% q6_gabor_gradient reject: inner factor of the slope parameter forgotten
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u) - np.sin(u) * bell * u / 16
    error = np.sin(u) * bell - y
    return np.array([2 * (error * slope).sum(), 2 * (error * slope * x).sum()])


# %% q6_gabor_gradient reject: factor 2 of the square forgotten
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u) - np.sin(u) * bell * u / 16
    error = np.sin(u) * bell - y
    return np.array([(error * slope).sum(), 0.06 * (error * slope * x).sum()])


# %% q6_gabor_gradient reject: derivative of the bell with the wrong sign
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u) + np.sin(u) * bell * u / 16
    error = np.sin(u) * bell - y
    return np.array([2 * (error * slope).sum(), 0.12 * (error * slope * x).sum()])


# %% q6_gabor_gradient reject: mean over the examples
def gabor_gradient(phi, x, y):
    u = phi[0] + 0.06 * phi[1] * x
    bell = np.exp(-(u**2) / 32)
    slope = bell * np.cos(u) - np.sin(u) * bell * u / 16
    error = np.sin(u) * bell - y
    return np.array([2 * (error * slope).mean(), 0.12 * (error * slope * x).mean()])


# %% q7_shallow_gradient accept: torch does it
def shallow_gradient(phi, theta, x, y):
    phi, theta = torch.tensor(phi, requires_grad=True), torch.tensor(theta, requires_grad=True)
    x, y = torch.tensor(x.copy()), torch.tensor(y.copy())
    hidden = torch.relu(theta[:, 0] + torch.outer(x, theta[:, 1]))
    torch.nn.functional.mse_loss(phi[0] + hidden @ phi[1:], y, reduction="sum").backward()
    return phi.grad.numpy(), theta.grad.numpy()


# %% q7_shallow_gradient accept: one example and one unit at a time
def shallow_gradient(phi, theta, x, y):
    g_phi, g_theta = np.zeros(len(phi)), np.zeros((len(theta), 2))
    for xi, yi in zip(x, y):
        z = [t0 + t1 * xi for t0, t1 in theta]
        f = phi[0] + sum(p * max(v, 0) for p, v in zip(phi[1:], z))
        r = 2 * (f - yi)
        g_phi[0] += r
        for k, v in enumerate(z):
            if v > 0:
                g_phi[k + 1] += r * v
                g_theta[k] += r * phi[k + 1] * np.array([1.0, xi])
    return g_phi, g_theta


# %% q7_shallow_gradient reject: the indicator without '> 0', as in the source, read as not zero
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y)
    back = phi[1:, None] * (z != 0) * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: a unit exactly at its joint counts as active
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y)
    back = phi[1:, None] * (z >= 0) * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: ReLU in place of its derivative
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y)
    back = phi[1:, None] * h * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: weight of the unit left out of the theta derivatives
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y)
    back = (z > 0) * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: sign of the error flipped
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (y - phi[0] - phi[1:] @ h)
    back = phi[1:, None] * (z > 0) * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: mean over the examples
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y) / len(x)
    back = phi[1:, None] * (z > 0) * r
    return np.append(r.sum(), h @ r), np.column_stack([back.sum(1), back @ x])


# %% q7_shallow_gradient reject: pre-activations in place of activations in the phi derivatives
def shallow_gradient(phi, theta, x, y):
    z = theta[:, :1] + theta[:, 1:] * x
    h = np.maximum(z, 0)
    r = 2 * (phi[0] + phi[1:] @ h - y)
    back = phi[1:, None] * (z > 0) * r
    return np.append(r.sum(), z @ r), np.column_stack([back.sum(1), back @ x])


# %% q8_hessian_size accept: counts in words of combinatorics, and torch's own product
def hessian_size(n):
    return {"bytes": (2 * n) ** 2, "distinct": math.comb(n + 1, 2), "shape": tuple([n] * 2)}


def hessian_vector_product(loss, theta, v):
    return torch.autograd.functional.hvp(loss, theta.detach(), v)[1]


# %% q8_hessian_size accept: forward over reverse
def hessian_size(n):
    return dict(shape=(n, n), distinct=n + n * (n - 1) // 2, bytes=n * n * 4)


def hessian_vector_product(loss, theta, v):
    gradient = torch.func.grad(loss)
    return torch.func.jvp(gradient, (theta.detach(),), (v,))[1]


# %% q8_hessian_size reject: as many second derivatives as parameters
def hessian_size(n):
    return {"shape": (n, n), "distinct": n, "bytes": 4 * n}


def hessian_vector_product(loss, theta, v):
    p = theta.detach().requires_grad_()
    (g,) = torch.autograd.grad(loss(p), p, create_graph=True)
    return torch.autograd.grad(g.sum(), p)[0] * v


# %% q8_hessian_size reject: diagonal lost
def hessian_size(n):
    return {"shape": (n, n), "distinct": n * (n - 1) // 2 + 2 * (n == 2), "bytes": 4 * n * n}


def hessian_vector_product(loss, theta, v):
    return torch.autograd.functional.hvp(loss, theta.detach(), v)[1]


# %% q8_hessian_size reject: builds the whole matrix
def hessian_size(n):
    return {"shape": (n, n), "distinct": n * (n + 1) // 2, "bytes": 4 * n * n}


def hessian_vector_product(loss, theta, v):
    return torch.autograd.functional.hessian(loss, theta.detach()) @ v


# %% q8_hessian_size reject: diagonal of the Hessian times v
def hessian_size(n):
    return {"shape": (n, n), "distinct": n * (n + 1) // 2, "bytes": 4 * n * n}


def hessian_vector_product(loss, theta, v):
    p = theta.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(loss(p), p, create_graph=True)
    return torch.autograd.grad(g.sum(), p)[0] * v


# %% q8_hessian_size reject: turns on the gradient of the tensor that was passed in
def hessian_size(n):
    return {"shape": (n, n), "distinct": n * (n + 1) // 2, "bytes": 4 * n * n}


def hessian_vector_product(loss, theta, v):
    theta.requires_grad_()
    (g,) = torch.autograd.grad(loss(theta), theta, create_graph=True)
    return torch.autograd.grad(g @ v, theta)[0]


# %% q9_epochs accept: torch's samplers and loaders
epochs_done = 1000 * 20 / 100


def updates_per_epoch(n, method, batch):
    if method == "gd":
        return 1
    if method == "sgd":
        return n
    return (n + batch - 1) // batch


def epochs(iterations, n, batch, drop_last):
    loader = torch.utils.data.DataLoader(range(n), batch_size=batch, drop_last=drop_last)
    return iterations / len(loader)


def epoch_batches(n, method, batch, seed):
    generator = torch.Generator().manual_seed(seed)
    rest, size = torch.randperm(n, generator=generator), {"gd": n, "sgd": 1}.get(method, batch)
    return [part.numpy() for part in rest.split(size)]


# %% q9_epochs accept: random keys, sorted
import random


epochs_done = 200.0


def updates_per_epoch(n, method, batch):
    return len(range(0, n, {"gd": n, "sgd": 1, "minibatch": batch}[method]))


def epochs(iterations, n, batch, drop_last):
    whole, rest = divmod(n, batch)
    return iterations / (whole + (rest > 0 and not drop_last))


def epoch_batches(n, method, batch, seed):
    order = list(range(n))
    random.Random(seed).shuffle(order)
    batches, size = [], {"gd": n, "sgd": 1, "minibatch": batch}[method]
    while order:
        batches.append(np.array(order[:size]))
        order = order[size:]
    return tuple(batches)


# %% q9_epochs reject: size of the data set ignored
epochs_done = 50


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / batch


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: iterations per epoch taken for epochs
epochs_done = 5


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: batch size ignored
epochs_done = 10


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / n


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: an epoch of SGD is one update
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": n, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: examples per epoch counted exactly, the short batch as a fraction
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n / batch)


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: short last batch dropped
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n - size + 1, size)]


# %% q9_epochs reject: each batch drawn anew from the whole set
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    rng = np.random.default_rng(seed)
    return [rng.choice(n, size=min(size, n - i), replace=False) for i in range(0, n, size)]


# %% q9_epochs reject: order not random
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.arange(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q9_epochs reject: seed ignored
epochs_done = 200


def updates_per_epoch(n, method, batch):
    return -(-n // {"gd": n, "sgd": 1, "minibatch": batch}[method])


def epochs(iterations, n, batch, drop_last):
    return iterations / (n // batch if drop_last else -(-n // batch))


def epoch_batches(n, method, batch, seed):
    order = np.random.default_rng(0).permutation(n)
    size = {"gd": n, "sgd": 1, "minibatch": batch}[method]
    return [order[i : i + size] for i in range(0, n, size)]


# %% q10_gradient_noise accept: covariances, and the covariance of two members of a batch
def variance_with(gradients, batch):
    n = len(gradients)
    total = np.trace(np.atleast_2d(np.cov(gradients.T))) * (n - 1) / n
    return total / batch


def variance_without(gradients, batch):
    n = len(gradients)
    centred = gradients - gradients.mean(axis=0)
    dots = centred @ centred.T
    own, pairs = np.trace(dots) / n, (dots.sum() - np.trace(dots)) / (n * (n - 1))
    return own / batch + (batch - 1) / batch * pairs


noise_facts = {"right_on_average": True, "doubling_halves_with": True, "full_batch_is_exact": True}
noise_facts |= {"sgd_scatters_least": False, "doubling_halves_without": False}


# %% q10_gradient_noise accept: the unbiased variance, in torch
def variance_with(gradients, batch):
    g = torch.tensor(gradients.copy())
    return float(g.var(dim=0, correction=0).sum()) / batch


def variance_without(gradients, batch):
    g = torch.tensor(gradients.copy())
    return float(g.var(dim=0).sum()) * (1 / batch - 1 / len(gradients))


noise_facts = {"right_on_average": True, "doubling_halves_with": True, "full_batch_is_exact": True}
noise_facts["sgd_scatters_least"] = noise_facts["doubling_halves_without"] = False


# %% q10_gradient_noise reject: finite population forgotten, so that noise is left at B = N
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean() / batch


def variance_without(gradients, batch):
    v = variance_with(gradients, batch)
    return v if batch < len(gradients) else 0.0


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: factor (N - B) / N in place of (N - B) / (N - 1)
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean() / batch


def variance_without(gradients, batch):
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / n if n > 2 else variance_with(gradients, batch) * (n - batch)


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: standard deviation, not variance, falls with 1 / B
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean() / batch**2


def variance_without(gradients, batch):
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / (n - 1)


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: mean over the coordinates in place of the sum
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).mean() / batch


def variance_without(gradients, batch):
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / (n - 1)


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: unbiased variance used with replacement
def variance_with(gradients, batch):
    return gradients.var(axis=0, ddof=1).sum() / batch


def variance_without(gradients, batch):
    return variance_with(gradients, batch) * (1 - batch / len(gradients))


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: says that SGD gradients vary less, as the statement in the source
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean() / batch


def variance_without(gradients, batch):
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / (n - 1)


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=True,
    doubling_halves_with=True,
    doubling_halves_without=False,
    full_batch_is_exact=True,
)


# %% q10_gradient_noise reject: says that doubling B halves the variance, however the batch is drawn
def variance_with(gradients, batch):
    return ((gradients - gradients.mean(axis=0)) ** 2).sum(axis=1).mean() / batch


def variance_without(gradients, batch):
    n = len(gradients)
    return variance_with(gradients, batch) * (n - batch) / (n - 1)


noise_facts = dict(
    right_on_average=True,
    sgd_scatters_least=False,
    doubling_halves_with=True,
    doubling_halves_without=True,
    full_batch_is_exact=True,
)


# %% q11_chunks accept: a deep copy whose .grad collects the chunk means, weighted by their sizes
import copy


def full_gradient(model, x, y, chunk):
    twin = copy.deepcopy(model)
    twin.zero_grad()
    for start in range(0, len(x), chunk):
        part = slice(start, start + chunk)
        loss = torch.nn.functional.mse_loss(twin(x[part]), y[part])
        (loss * len(x[part]) / len(x)).backward()
    return [p.grad for p in twin.parameters()]


def chunking_is_exact(model, x, y, chunk):
    one, many = full_gradient(model, x, y, len(x)), full_gradient(model, x, y, chunk)
    return max(float((a - b).abs().max()) for a, b in zip(one, many)) <= 1e-8


gd_possible = {"endless_stream": False, "fresh_augmentation": False}
gd_possible |= {key: True for key in ("data_on_disk", "activations_too_large", "one_example_at_a_time")}


# %% q11_chunks reject: mean of the chunk means, though the last chunk is short
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).mean()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return [t / math.ceil(len(x) / chunk) for t in total]


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: sum in place of the mean over the entries of one target
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / len(y)
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: gradients overwritten, not accumulated
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t.copy_(g)
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: short last chunk dropped
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x) - chunk + 1, chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: adds to the .grad of the model
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    model.zero_grad()
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        loss.backward()
    return [p.grad.clone() for p in parameters]


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: one pass over all rows
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    chunk = len(x)
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    return not (model.training and any(isinstance(m, torch.nn.BatchNorm1d) for m in model.modules()))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: says that chunking is always exact
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    return True


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: a data set larger than memory taken to rule gradient descent out, as in the source
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=False,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=False,
    one_example_at_a_time=True,
)


# %% q11_chunks reject: a fresh augmentation taken for a finite sum
def full_gradient(model, x, y, chunk):
    parameters = list(model.parameters())
    total = [torch.zeros_like(p) for p in parameters]
    for i in range(0, len(x), chunk):
        loss = ((model(x[i : i + chunk]) - y[i : i + chunk]) ** 2).sum() / y.numel()
        for t, g in zip(total, torch.autograd.grad(loss, parameters)):
            t += g
    return total


def chunking_is_exact(model, x, y, chunk):
    whole = torch.autograd.grad(((model(x) - y) ** 2).mean(), list(model.parameters()))
    parts = full_gradient(model, x, y, chunk)
    return all(bool(torch.allclose(a, b, rtol=0, atol=1e-8)) for a, b in zip(whole, parts))


gd_possible = dict(
    data_on_disk=True,
    activations_too_large=True,
    endless_stream=False,
    fresh_augmentation=True,
    one_example_at_a_time=True,
)


# %% q13_trapped accept: a countdown, autograd and all rates at once for the walks
def descend(gradient, start, rate, steps):
    while steps > 0:
        start, steps = start + gradient(start) * -rate, steps - 1
    return float(start)


def largest_stable_rate(curvature):
    return 1 / curvature + 1 / curvature


def end_points(rates):
    rates = torch.tensor([float(r) for r in rates], dtype=torch.float64)
    x = torch.full_like(rates, 4.1)
    for _ in range(2000):
        x = x.detach().requires_grad_()
        loss = (0.05 * x**2 - 0.5 * torch.exp(-8 * (x - 4) ** 2)).sum()
        x = x - rates * torch.autograd.grad(loss, x)[0]
    return x.tolist()


escape_facts = {"can_leave": True, "zero_gradient_stays": True}
escape_facts |= {"loss_never_rises": False, "leaves_in_the_end": False, "above_the_limit_it_leaves": False}


# %% q13_trapped reject: limit 1 / c, above which the factor is negative but still small
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 1 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: steps that shrink with time
def descend(gradient, start, rate, steps):
    for t in range(steps):
        start = start - rate / (1 + 0.01 * t) * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: uphill
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start + rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: inner derivative of the dent wrong
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 16 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: says that gradient descent always goes downhill and cannot leave
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=False,
    loss_never_rises=True,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: says that it leaves if it runs long enough
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=True,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: says that a rate above the limit always leaves
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=True,
    zero_gradient_stays=True,
)


# %% q13_trapped reject: stops early when the gradient is small
def descend(gradient, start, rate, steps):
    for _ in range(steps):
        start = start - rate * gradient(start)
        if abs(gradient(start)) < 1e-2:
            break
    return start


def largest_stable_rate(curvature):
    return 2 / curvature


def end_points(rates):
    df = lambda x: 0.1 * x + 8 * (x - 4) * math.exp(-8 * (x - 4) ** 2)
    return [descend(df, 4.1, rate, 2000) for rate in rates]


escape_facts = dict(
    can_leave=True,
    loss_never_rises=False,
    leaves_in_the_end=False,
    above_the_limit_it_leaves=False,
    zero_gradient_stays=True,
)


# %% q14_zigzag accept: step length from three values of the loss, momentum from its weights
def line_search_path(A, b, start, steps):
    loss = lambda t: 0.5 * t @ (A @ t) - b @ t
    path = np.zeros((steps + 1, len(start)))
    path[0] = start
    for t in range(steps):
        g = A @ path[t] - b
        norm = np.linalg.norm(g)
        if norm == 0:
            path[t + 1] = path[t]
            continue
        u = g / norm
        # the parabola s -> loss(theta - s u), whose slope at 0 is minus the norm of the gradient
        curvature = 2 * (loss(u) + b @ u)
        path[t + 1] = path[t] - norm / curvature * u
    return path


def slowest_factor(A):
    values = np.sort(np.linalg.eigvals(A).real)
    return 1 - 2 * values[0] / (values[0] + values[-1])


def newton_step(A, b, theta):
    return np.linalg.inv(A) @ b


def momentum_path(A, b, start, rate, beta, steps):
    points, gradients = [np.array(start, dtype=float)], []
    for t in range(steps):
        gradients.append(A @ points[-1] - b)
        weights = (1 - beta) * float(beta) ** np.arange(t, -1, -1)
        points.append(points[-1] - rate * weights @ np.array(gradients))
    return np.stack(points)


zigzag_facts = {"right_angle_with_fixed_rate": False, "greedy_is_soonest": False}
zigzag_facts |= {"newton_takes_one_step": True, "round_bowl_takes_one_step": True}


# %% q14_zigzag reject: one fixed rate in place of the line search
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - 1 / (13 if len(b) == 2 else 100) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: step length with A squared
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ A @ g
        path.append(path[-1] - (g @ A @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: no care for a zero gradient
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - g @ g / bottom * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: gradient without b
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1]
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: square root of the condition number
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.sqrt(np.linalg.cond(A))
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: Newton step with the gradient not divided by the Hessian
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return theta - A @ (A @ theta - b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: momentum added with the wrong sign
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = -beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: momentum without the factor 1 - beta
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: step taken with the momentum before its update
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        path.append(path[-1] - rate * m)
        m = beta * m + (1 - beta) * (A @ path[-2] - b)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: believes that the best step gives the best path
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=False,
    greedy_is_soonest=True,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q14_zigzag reject: right angles taken for a property of all gradient descent, as in the source
def line_search_path(A, b, start, steps):
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        g = A @ path[-1] - b
        bottom = g @ A @ g
        path.append(path[-1] - (g @ g / bottom if bottom > 0 else 0) * g)
    return np.array(path)


def slowest_factor(A):
    kappa = np.linalg.cond(A)
    return (kappa - 1) / (kappa + 1)


def newton_step(A, b, theta):
    return np.linalg.solve(A, b)


def momentum_path(A, b, start, rate, beta, steps):
    path, m = [np.array(start, dtype=float)], np.zeros(len(start))
    for _ in range(steps):
        m = beta * m + (1 - beta) * (A @ path[-1] - b)
        path.append(path[-1] - rate * m)
    return np.array(path)


zigzag_facts = dict(
    right_angle_with_fixed_rate=True,
    greedy_is_soonest=False,
    newton_takes_one_step=True,
    round_bowl_takes_one_step=True,
)


# %% q16_momentum_weights accept: the recursion run on unit vectors
def momentum_weights(beta, t):
    m = np.zeros(t)
    for step in range(t):
        m = beta * m
        m[t - 1 - step] += 1 - beta
    return m


def start_weight(beta, t):
    m = 1.0
    for _ in range(t):
        m *= beta
    return m


def warm_up(beta, share):
    t, total = 0, 0.0
    while total < share:
        total += (1 - beta) * (1 - total)
        t += 1
    return t


# %% q16_momentum_weights accept: logarithms for the warm-up
def momentum_weights(beta, t):
    return np.array([(1 - beta) * beta**k for k in range(t)])


def start_weight(beta, t):
    return 1 - momentum_weights(beta, t).sum()


def warm_up(beta, share):
    if beta == 0:
        return 1
    return max(1, math.ceil(math.log(1 - share) / math.log(beta)))


# %% q16_momentum_weights reject: weights without the factor 1 - beta
def momentum_weights(beta, t):
    return float(beta) ** np.arange(t)


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    t = 1
    while 1 - beta**t < share:
        t += 1
    return t


# %% q16_momentum_weights reject: oldest gradient first
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(t)[::-1]


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    t = 1
    while 1 - beta**t < share:
        t += 1
    return t


# %% q16_momentum_weights reject: every weight one power of beta too small
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(1, t + 1)


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    t = 1
    while 1 - beta**t < share:
        t += 1
    return t


# %% q16_momentum_weights reject: m_0 forgotten, as if the sum were infinite
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(t)


def start_weight(beta, t):
    return 0.0


def warm_up(beta, share):
    t = 1
    while 1 - beta**t < share:
        t += 1
    return t


# %% q16_momentum_weights reject: sum of the weights taken for one from the start
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(t)


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    return 1


# %% q16_momentum_weights reject: one power of beta too few in the sum of the weights
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(t)


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    t = 1
    while 1 - beta ** (t - 1) < share:
        t += 1
    return t


# %% q16_momentum_weights reject: rule of thumb 1 / (1 - beta)
def momentum_weights(beta, t):
    return (1 - beta) * float(beta) ** np.arange(t)


def start_weight(beta, t):
    return beta**t


def warm_up(beta, share):
    return round(1 / (1 - beta))


# %% q17_three_methods accept: torch, a velocity in place of the last point, all noise drawn at once
def steps_needed(method, H, start, tol):
    H, theta = torch.tensor(H), torch.tensor(start)
    values = torch.linalg.eigvalsh(H)
    mu, lam = values.min().item(), values.max().item()
    root = math.sqrt(lam / mu)
    velocity, target, count = torch.zeros_like(theta), tol * theta.norm().item(), 0
    while theta.norm().item() > target:
        if method == "newton":
            velocity = -torch.linalg.solve(H, H @ theta)
        elif method == "gd":
            velocity = -2 / (lam + mu) * (H @ theta)
        else:
            velocity = ((root - 1) / (root + 1)) ** 2 * velocity - 4 / (mu * (root + 1) ** 2) * (H @ theta)
        theta, count = theta + velocity, count + 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    generator = torch.Generator().manual_seed(seed)
    kicks = noise * torch.randn(noisy_steps, paths, generator=generator, dtype=torch.float64).numpy()
    x = 1.2 * np.ones(paths)
    for kick in list(kicks) + [0.0] * quiet_steps:
        x = x - rate * (np.polyval([4, 0, -4, 0.6], x) + kick)
    return x


sgd_facts = {"one_update_per_example": True, "leaves_poor_minima": True}
for key in ("less_noise_is_why", "needs_more_memory", "gd_finds_the_best", "momentum_beats_newton"):
    sgd_facts[key] = False


# %% q17_three_methods reject: gradient descent with the rate 1 / lambda
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 1 / lam, 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: momentum with the roots left out
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa - 1) / (kappa + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: momentum begins as if the first step had come from zero
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta, last = start, np.zeros_like(start)
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: counts one step too many
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 1
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: Newton divides by the largest eigenvalue
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = g / lam if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: the same noise in every step
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    kick = rng.normal(size=paths)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * kick
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: one noise for all walks
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal()
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: noise not scaled by the rate
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            x = x + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: noise never stops
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: seed ignored
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng()
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: the answers of the source
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=False,
    less_noise_is_why=True,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=True,
)


# %% q17_three_methods reject: says that gradient descent with a good rate finds the global minimum
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=True,
    momentum_beats_newton=False,
)


# %% q17_three_methods reject: believes that momentum beats Newton's method
def steps_needed(method, H, start, tol):
    values = np.linalg.eigvalsh(H)
    mu, lam = values[0], values[-1]
    rate, beta = 2 / (lam + mu), 0.0
    if method == "momentum":
        kappa = lam / mu
        rate = 4 / (lam**0.5 + mu**0.5) ** 2
        beta = ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
    theta = last = start
    count = 0
    while np.linalg.norm(theta) > tol * np.linalg.norm(start):
        g = H @ theta
        step = np.linalg.solve(H, g) if method == "newton" else rate * g
        theta, last = theta - step + beta * (theta - last), theta
        count += 1
    return count


def noisy_descent(rate, noise, noisy_steps, quiet_steps, paths, seed):
    rng = np.random.default_rng(seed)
    x = np.full(paths, 1.2)
    for t in range(noisy_steps + quiet_steps):
        g = 4 * x**3 - 4 * x + 0.6
        if t < noisy_steps:
            g = g + noise * rng.normal(size=paths)
        x = x - rate * g
    return x


sgd_facts = dict(
    one_update_per_example=True,
    less_noise_is_why=False,
    leaves_poor_minima=True,
    needs_more_memory=False,
    gd_finds_the_best=False,
    momentum_beats_newton=True,
)


# %% q18_batch_size accept: mean squares in place of losses, all rates side by side
def next_losses(losses, rate, h, s, batch):
    mean_square = 2 * losses / h
    mean_square = mean_square * (1 - 2 * rate * h + (rate * h) ** 2) + rate * rate * s / batch
    return 0.5 * h * mean_square


def iterations(batch, rate, h, s, losses, target, limit):
    return best_iterations(batch, [rate], h, s, losses, target, limit)


def best_iterations(batch, rates, h, s, losses, target, limit):
    rates = np.array(rates, dtype=float)[:, None]
    table = np.tile(np.asarray(losses, dtype=float), (len(rates), 1))
    for t in range(limit + 1):
        if (table.sum(axis=1) <= target).any():
            return t
        with np.errstate(over="ignore", invalid="ignore"):
            table = next_losses(table, rates, h, s, batch)
    return float("inf")


doubling_facts = {"fewer_iterations": True, "gains_shrink": True}
doubling_facts |= {key: False for key in ("always_half", "same_number_of_examples", "old_rate_will_do")}


# %% q18_batch_size reject: curvature left out of the noise term
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: rate not squared in the noise term
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: factor 1 - rate * h not squared
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: one half of the noise term forgotten
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / batch


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: noise falls with the square of the batch size
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch**2)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: the mean over the directions compared with the target
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.mean(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: every direction must reach the target
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.max(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: one step too few allowed
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: the last rate taken for the best
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return iterations(batch, rates[-1], h, s, losses, target, limit)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: says exactly half at each doubling
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=True,
    same_number_of_examples=True,
    gains_shrink=False,
    old_rate_will_do=False,
)


# %% q18_batch_size reject: says that the old learning rate will do
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=True,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=True,
)


# %% q18_batch_size reject: says that a larger batch needs more iterations, as each one is slower
def next_losses(losses, rate, h, s, batch):
    return (1 - rate * h) ** 2 * losses + rate**2 * h * s / (2 * batch)


def iterations(batch, rate, h, s, losses, target, limit):
    for count in range(limit + 1):
        if np.sum(losses) <= target:
            return count
        losses = next_losses(losses, rate, h, s, batch)
    return math.inf


def best_iterations(batch, rates, h, s, losses, target, limit):
    return min(iterations(batch, rate, h, s, losses, target, limit) for rate in rates)


doubling_facts = dict(
    fewer_iterations=False,
    always_half=False,
    same_number_of_examples=False,
    gains_shrink=True,
    old_rate_will_do=False,
)


# %% q19_implicit_gradient accept: functional transforms and an inverse
def implicit_vjp(g, y_star, x, v):
    gradient = torch.func.grad(g, argnums=0)
    jacobian = torch.linalg.inv(torch.func.jacrev(gradient, argnums=0)(y_star, x))
    _, pull = torch.func.vjp(lambda inputs: gradient(y_star, inputs), x)
    return pull(-jacobian.T @ v)[0]


layer_facts = {"solution_must_be_differentiable": True}
layer_facts |= {k: False for k in ("descent_is_needed", "solver_must_be_differentiable", "constant_will_do")}


# %% q19_implicit_gradient accept: rows of the Hessian one by one, then one more backward pass
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: minus sign lost
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(slope, x, grad_outputs=u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: Hessian not inverted
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.stack(rows) @ v
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: Hessian left out
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = v
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: only the diagonal of the Hessian
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = v / torch.diagonal(torch.stack(rows))
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: gradient of the inner objective with respect to x
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(g(y, x), x)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: solution treated as a constant
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.zeros_like(x)


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=True,
)


# %% q19_implicit_gradient reject: v spread over the solution first
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(slope, x, grad_outputs=-torch.linalg.solve(torch.stack(rows), torch.ones_like(v)) * v)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: says that a descent method is needed
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=True,
    solver_must_be_differentiable=False,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q19_implicit_gradient reject: says that the solver must be differentiable, as in the source
def implicit_vjp(g, y_star, x, v):
    y, x = y_star.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(g(y, x), y, create_graph=True)
    rows = [torch.autograd.grad(part, y, retain_graph=True)[0] for part in slope]
    u = torch.linalg.solve(torch.stack(rows), v)
    return torch.autograd.grad(slope, x, grad_outputs=-u)[0]


layer_facts = dict(
    descent_is_needed=False,
    solver_must_be_differentiable=True,
    solution_must_be_differentiable=True,
    constant_will_do=False,
)


# %% q20_depth accept: autograd, logarithms, and a list of cases
def input_gradient(weights, x, activation):
    act = {"linear": torch.nn.Identity(), "relu": torch.nn.ReLU(), "tanh": torch.nn.Tanh()}[activation]
    t = torch.tensor(x, requires_grad=True)
    h = t
    for w in weights:
        h = act(torch.tensor(w) @ h)
    h.sum().backward()
    return t.grad.numpy()


def depth_to(factor, bound):
    return max(1, math.ceil(math.log2(bound) / math.log2(factor)))


vanishing_depth = math.ceil(6 * math.log(10) / -math.log(0.9))
exploding_depth = math.ceil(6 * math.log(10) / math.log(1.1))


def diagnose(losses):
    relative = [loss / losses[0] for loss in losses]
    if not all(r <= 10 for r in relative):
        return "exploding"
    return "vanishing" if all(r >= 0.9 for r in relative) else "healthy"


depth_facts = {"first_bias_learns_least": True, "sigmoid_shrinks": True}
depth_facts |= {key: False for key in ("halving_halves", "relu_cannot_explode", "depth_always_ruins")}


# %% q20_depth accept: Jacobians multiplied from the input side
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: activations left out of the backward pass
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: no activation in the last layer
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = (np.eye(len(z)) if w is weights[-1] else np.diag(slopes[activation](z))) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: rows and columns of the matrices mixed up
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ (w.T if w.shape[0] == w.shape[1] else w) @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: one output in place of their sum
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian[0]


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: size of the gradient in place of the gradient
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return np.abs(jacobian.sum(axis=0))


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: slope of ReLU at zero taken for one
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z >= 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: slope of tanh without the square
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.abs(np.tanh(z))}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: depth times factor in place of a power
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    return max(1, math.ceil(bound / factor if factor > 1 else factor / bound))


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: one layer too many
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth + (depth > 3)


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: one factor taken for one power of ten less
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 6
exploding_depth = 6


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: a loss of one tenth per layer taken for a tenth of the start
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 10
exploding_depth = 10_000_000


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: flat loss called exploding, nan called vanishing
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "vanishing"
    return "healthy" if min(losses) < 0.9 * first else "exploding"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: nan overlooked
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: only the last loss is looked at
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses[-1:]):
        return "exploding"
    return "healthy" if losses[-1] < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: believes that ReLU cannot explode
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=True,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: believes that depth grows linearly
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=True,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=False,
    sigmoid_shrinks=True,
)


# %% q20_depth reject: believes that depth ruins every gradient
def input_gradient(weights, x, activation):
    act = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slopes = {"linear": np.ones_like, "relu": lambda z: 1.0 * (z > 0), "tanh": lambda z: 1 - np.tanh(z) ** 2}
    jacobian, h = np.eye(len(x)), x
    for w in weights:
        z = w @ h
        jacobian = np.diag(slopes[activation](z)) @ w @ jacobian
        h = act(z)
    return jacobian.sum(axis=0)


def depth_to(factor, bound):
    product, depth = factor, 1
    while (product > bound) if factor < 1 else (product < bound):
        product, depth = product * factor, depth + 1
    return depth


vanishing_depth = 132
exploding_depth = 145


def diagnose(losses):
    first = losses[0]
    if any(math.isnan(loss) or loss > 10 * first for loss in losses):
        return "exploding"
    return "healthy" if min(losses) < 0.9 * first else "vanishing"


depth_facts = dict(
    halving_halves=False,
    first_bias_learns_least=True,
    relu_cannot_explode=False,
    depth_always_ruins=True,
    sigmoid_shrinks=True,
)
