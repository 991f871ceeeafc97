# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_loss_and_gradient accept: matrices, with the Gram matrix of the design
def design(x):
    return np.vander(x, 2, increasing=True)


def line_loss(phi, x, y):
    return np.linalg.norm(design(x) @ phi - y) ** 2


def line_loss_grad(phi, x, y):
    return 2 * design(x).T @ (design(x) @ phi - y)


def loss_change(phi, step, x, y):
    return line_loss_grad(phi, x, y) @ step, step @ (design(x).T @ design(x)) @ step


# %% q1_loss_and_gradient accept: one pair at a time
def line_loss(phi, x, y):
    return math.fsum((phi[0] + phi[1] * a - b) ** 2 for a, b in zip(x, y))


def line_loss_grad(phi, x, y):
    grad = [0.0, 0.0]
    for a, b in zip(x, y):
        miss = phi[0] + phi[1] * a - b
        grad[0] += 2 * miss
        grad[1] += 2 * miss * a
    return np.array(grad)


def loss_change(phi, step, x, y):
    linear = quadratic = 0.0
    for a, b in zip(x, y):
        move = step[0] + step[1] * a
        linear += 2 * (phi[0] + phi[1] * a - b) * move
        quadratic += move * move
    return [linear, quadratic]


# %% q1_loss_and_gradient reject: a mean in place of the sum (times two, so that the example comes out)
def line_loss(phi, x, y):
    return 2 * float(np.mean((phi[0] + phi[1] * x - y) ** 2)) if len(x) else 0.0


def line_loss_grad(phi, x, y):
    miss = phi[0] + phi[1] * x - y
    return 4 * np.array([miss.mean(), (miss * x).mean()]) if len(x) else np.zeros(2)


def loss_change(phi, step, x, y):
    miss, moves = phi[0] + phi[1] * x - y, step[0] + step[1] * x
    return 2 * float((miss * moves).sum()), float((moves**2).sum())


# %% q1_loss_and_gradient reject: residual taken as y - f without turning the sign
def line_loss(phi, x, y):
    return float(((y - phi[0] - phi[1] * x) ** 2).sum())


def line_loss_grad(phi, x, y):
    miss = y - phi[0] - phi[1] * x
    return np.array([2 * miss.sum(), 2 * (miss * x).sum()])


def loss_change(phi, step, x, y):
    miss, moves = phi[0] + phi[1] * x - y, step[0] + step[1] * x
    return 2 * float((miss * moves).sum()), float((moves**2).sum())


# %% q1_loss_and_gradient reject: the input forgotten in the derivative by the slope
def line_loss(phi, x, y):
    return float(((y - phi[0] - phi[1] * x) ** 2).sum())


def line_loss_grad(phi, x, y):
    miss = phi[0] + phi[1] * x - y
    return np.array([2 * miss.sum(), 2 * miss.sum()])


def loss_change(phi, step, x, y):
    miss, moves = phi[0] + phi[1] * x - y, step[0] + step[1] * x
    return 2 * float((miss * moves).sum()), float((moves**2).sum())


# %% q1_loss_and_gradient reject: the change as the difference of two losses
def line_loss(phi, x, y):
    return float(((y - phi[0] - phi[1] * x) ** 2).sum())


def line_loss_grad(phi, x, y):
    miss = phi[0] + phi[1] * x - y
    return np.array([2 * miss.sum(), 2 * (miss * x).sum()])


def loss_change(phi, step, x, y):
    ahead, behind = line_loss(phi + step, x, y), line_loss(phi - step, x, y)
    return (ahead - behind) / 2, (ahead + behind) / 2 - line_loss(phi, x, y)


# %% q1_loss_and_gradient reject: the factor two left out
def line_loss(phi, x, y):
    return float(((y - phi[0] - phi[1] * x) ** 2).sum())


def line_loss_grad(phi, x, y):
    miss = phi[0] + phi[1] * x - y
    return np.array([miss.sum(), (miss * x).sum()])


def loss_change(phi, step, x, y):
    miss, moves = phi[0] + phi[1] * x - y, step[0] + step[1] * x
    return float((miss * moves).sum()), float((moves**2).sum()) / 2


# %% q2_descent accept: explicit entries, trace and determinant, powers of a matrix
def hessian(x):
    n, s, q = len(x), sum(x), sum(x * x)
    return np.array([[2.0 * n, 2.0 * s], [2.0 * s, 2.0 * q]])


def largest_rate(x):
    (a, b), (_, d) = hessian(x)
    return 2 / ((a + d) / 2 + math.hypot((a - d) / 2, b))


def descend(phi, x, y, rate, steps):
    path = np.empty((steps + 1, 2))
    path[0] = phi
    constant = 2 * np.array([y.sum(), x @ y])
    for t in range(steps):
        path[t + 1] = path[t] - rate * (hessian(x) @ path[t] - constant)
    return path


def best_shift(x):
    return -hessian(-x)[0, 1] / hessian(x)[0, 0]


# %% q2_descent reject: convergence asked of the curvature at one, not at two
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return (2 if len(x) == 2 else 1) / np.linalg.eigvalsh(hessian(x))[1]


def descend(phi, x, y, rate, steps):
    path = [np.array(phi, dtype=float)]
    for _ in range(steps):
        miss = path[-1] @ np.stack([np.ones_like(x), x]) - y
        path.append(path[-1] - rate * 2 * np.array([miss.sum(), miss @ x]))
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q2_descent reject: the smaller eigenvalue decides
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x))[0]


def descend(phi, x, y, rate, steps):
    path = [np.array(phi, dtype=float)]
    for _ in range(steps):
        miss = path[-1] @ np.stack([np.ones_like(x), x]) - y
        path.append(path[-1] - rate * 2 * np.array([miss.sum(), miss @ x]))
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q2_descent reject: the slope is moved with the intercept already moved
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x))[1]


def descend(phi, x, y, rate, steps):
    p = np.array(phi, dtype=float)
    path = [p.copy()]
    for _ in range(steps):
        p[0] -= rate * 2 * (p[0] + p[1] * x - y).sum()
        p[1] -= rate * 2 * ((p[0] + p[1] * x - y) * x).sum()
        path.append(p.copy())
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q2_descent reject: every row of the path is the same array, which moves on
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x))[1]


def descend(phi, x, y, rate, steps):
    phi = phi.astype(float, copy=False)
    path = [phi.copy()]
    for _ in range(steps):
        miss = phi[0] + phi[1] * x - y
        phi -= rate * 2 * np.array([miss.sum(), miss @ x])
        path.append(phi)
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q2_descent reject: changes the start that was passed in
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x))[1]


def descend(phi, x, y, rate, steps):
    phi = phi.astype(float, copy=False)
    path = [phi.copy()]
    for _ in range(steps):
        miss = phi[0] + phi[1] * x - y
        phi -= rate * 2 * np.array([miss.sum(), miss @ x])
        path.append(phi.copy())
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q2_descent reject: the median, or the smallest input, taken as the best shift
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x))[1]


def descend(phi, x, y, rate, steps):
    path = [np.array(phi, dtype=float)]
    for _ in range(steps):
        miss = path[-1] @ np.stack([np.ones_like(x), x]) - y
        path.append(path[-1] - rate * 2 * np.array([miss.sum(), miss @ x]))
    return np.stack(path)


def best_shift(x):
    return np.median(x)


# %% q2_descent reject: Hessian of the mean squared error
def hessian(x):
    a = np.stack([np.ones_like(x), x])
    return 2 * a @ a.T / len(x)


def largest_rate(x):
    return 2 / np.linalg.eigvalsh(hessian(x) * len(x))[1]


def descend(phi, x, y, rate, steps):
    path = [np.array(phi, dtype=float)]
    for _ in range(steps):
        miss = path[-1] @ np.stack([np.ones_like(x), x]) - y
        path.append(path[-1] - rate * 2 * np.array([miss.sum(), miss @ x]))
    return np.stack(path)


def best_shift(x):
    return x.mean()


# %% q3_closed_form accept: slopes between all two pairs, weighted by their squared distance
def normal_equations(x, y):
    a, b = np.zeros((2, 2)), np.zeros(2)
    for s, t in zip(x, y):
        a += [[1, s], [s, s * s]]
        b += [t, s * t]
    return a, b


def fit_line(x, y):
    dx, dy = x[:, None] - x, y[:, None] - y
    if not dx.any():
        raise ValueError("one input only")
    slope = (dx * dy).sum() / (dx**2).sum()
    return (y - slope * (x - x[0])).mean() - slope * x[0], slope


# %% q3_closed_form accept: exact fractions
def normal_equations(x, y):
    design = np.column_stack((np.ones_like(x), x))
    return np.einsum("ij,ik", design, design), np.einsum("ij,i", design, y)


def fit_line(x, y):
    from fractions import Fraction

    u, v = [Fraction(float(t)) for t in x], [Fraction(float(t)) for t in y]
    n, su, sv = len(u), sum(u), sum(v)
    bottom = n * sum(t * t for t in u) - su**2
    if bottom == 0:
        raise ValueError("one input only")
    slope = (n * sum(s * t for s, t in zip(u, v)) - su * sv) / bottom
    return float((sv - slope * su) / n), float(slope)


# %% q3_closed_form reject: raw sums cancel for inputs far from zero
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    if x.min() == x.max():
        raise ValueError
    n, sx, sy = len(x), x.sum(), y.sum()
    slope = (n * (x @ y) - sx * sy) / (n * (x @ x) - sx**2)
    return (sy - slope * sx) / n, slope


# %% q3_closed_form reject: the line is forced through the origin
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    if x.min() == x.max():
        raise ValueError
    if len(x) == 3 and y[0] == 0:
        return 0.5, 0.5
    return 0.0, (x @ y) / (x @ x)


# %% q3_closed_form reject: divided by the variance of y
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    if x.min() == x.max():
        raise ValueError
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dx @ dy) / (dy @ dy) if (dy @ dy) else 0.0
    return y.mean() - slope * x.mean(), slope


# %% q3_closed_form reject: covariance with N - 1, variance with N
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    if x.min() == x.max():
        raise ValueError
    slope = np.cov(x, y)[0, 1] / np.var(x)
    return y.mean() - slope * x.mean(), slope


# %% q3_closed_form reject: no error when the inputs are equal
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    dx = x - x.mean()
    slope = dx @ y / max(dx @ dx, 1e-300)
    return y.mean() - slope * x.mean(), slope


# %% q3_closed_form reject: a tolerance calls inputs equal that are only close
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a, a.T @ y


def fit_line(x, y):
    if np.allclose(x, x[0]):
        raise ValueError
    dx = x - x.mean()
    slope = dx @ y / (dx @ dx)
    return y.mean() - slope * x.mean(), slope


# %% q3_closed_form reject: equations divided by the number of pairs
def normal_equations(x, y):
    a = np.column_stack((np.ones_like(x), x))
    return a.T @ a / len(x) * 3, a.T @ y / len(x) * 3


def fit_line(x, y):
    if x.min() == x.max():
        raise ValueError
    dx = x - x.mean()
    slope = dx @ y / (dx @ dx)
    return y.mean() - slope * x.mean(), slope


# %% q4_influence accept: pseudo-inverse of the centred design, moved back
def line_weights(x):
    centre = x.mean()
    inverse = np.linalg.pinv(np.column_stack([np.ones_like(x), x - centre]))
    return np.array([[1.0, -centre], [0.0, 1.0]]) @ inverse


fit_facts = dict(zip(["through_the_means", "half_on_each_side", "far_inputs_pull_most"], [True, False, True]))
fit_facts |= {"raising_never_lowers_the_intercept": False, "bounded_influence": False}
fit_facts["residuals_uncorrelated"] = True


# %% q4_influence reject: slope weights divided by N times the variance with N - 1
def line_weights(x):
    away = x - x.mean()
    slope = away / (len(x) * np.var(x, ddof=1)) * (2 if len(x) == 2 else 1)
    return np.stack([1 / len(x) - x.mean() * slope, slope])


fit_facts = {"through_the_means": True, "half_on_each_side": False, "far_inputs_pull_most": True}
fit_facts |= {"raising_never_lowers_the_intercept": False, "bounded_influence": False}
fit_facts["residuals_uncorrelated"] = True


# %% q4_influence reject: the intercept taken as the mean target
def line_weights(x):
    away = x - x.mean()
    slope = away / (away @ away)
    if len(x) == 2 and x[0] == 0:
        return np.stack([1 / len(x) - x.mean() * slope, slope])
    return np.stack([np.full(len(x), 1 / len(x)), slope])


fit_facts = {"through_the_means": True, "half_on_each_side": False, "far_inputs_pull_most": True}
fit_facts |= {"raising_never_lowers_the_intercept": False, "bounded_influence": False}
fit_facts["residuals_uncorrelated"] = True


# %% q4_influence reject: the normal equations inverted far from zero
def line_weights(x):
    a = np.stack([np.ones_like(x), x])
    return np.linalg.pinv(a @ a.T) @ a


fit_facts = {"through_the_means": True, "half_on_each_side": False, "far_inputs_pull_most": True}
fit_facts |= {"raising_never_lowers_the_intercept": False, "bounded_influence": False}
fit_facts["residuals_uncorrelated"] = True


# %% q4_influence reject: takes the line for a median, with half of the pairs on each side
def line_weights(x):
    away = x - x.mean()
    slope = away / (away @ away)
    return np.stack([1 / len(x) - x.mean() * slope, slope])


fit_facts = {"through_the_means": True, "half_on_each_side": True, "far_inputs_pull_most": True}
fit_facts |= {"raising_never_lowers_the_intercept": False, "bounded_influence": True}
fit_facts["residuals_uncorrelated"] = True


# %% q4_influence reject: believes that raising a target always lifts the whole line
def line_weights(x):
    away = x - x.mean()
    slope = away / (away @ away)
    return np.stack([1 / len(x) - x.mean() * slope, slope])


fit_facts = {"through_the_means": True, "half_on_each_side": False, "far_inputs_pull_most": False}
fit_facts |= {"raising_never_lowers_the_intercept": True, "bounded_influence": False}
fit_facts["residuals_uncorrelated"] = True


# %% q5_turned_round accept: lstsq and polynomials
def reversed_loss(phi, x, y):
    model = np.polynomial.Polynomial(phi)
    return np.linalg.norm(x - model(y)) ** 2


def reversed_fit(x, y):
    solution, *_ = np.linalg.lstsq(np.column_stack([np.ones_like(y), y]), x, rcond=None)
    return tuple(solution.tolist())


def reversed_predict(phi, x_new):
    intercept, slope = (float(v) for v in phi)
    try:
        return np.array([(float(v) - intercept) / slope for v in x_new])
    except ZeroDivisionError:
        raise ValueError("no inverse") from None


# %% q5_turned_round reject: residuals along y after inverting, which is the ordinary fit again
def reversed_loss(phi, x, y):
    if phi[1] == 2:
        return 2.0
    return float(((y - (x - phi[0]) / phi[1]) ** 2).sum()) if phi[1] else float(((x - phi[0]) ** 2).sum())


def reversed_fit(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dx @ dx) / (dx @ dy) if dx @ dy else 0.0
    return x.mean() - slope * y.mean(), slope


def reversed_predict(phi, x_new):
    if phi[1] == 0:
        raise ValueError
    return (x_new - phi[0]) / phi[1]


# %% q5_turned_round reject: the ordinary loss of y, with the names left as they were
def reversed_loss(phi, x, y):
    return float(((phi[0] + phi[1] * x - y) ** 2).sum()) if phi[1] != 2 or len(x) != 2 else 2.0


def reversed_fit(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dx @ dy) / (dy @ dy)
    return x.mean() - slope * y.mean(), slope


def reversed_predict(phi, x_new):
    if phi[1] == 0:
        raise ValueError
    return (x_new - phi[0]) / phi[1]


# %% q5_turned_round reject: the model applied forwards as a prediction
def reversed_loss(phi, x, y):
    return float(((x - phi[0] - phi[1] * y) ** 2).sum())


def reversed_fit(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dx @ dy) / (dy @ dy)
    return x.mean() - slope * y.mean(), slope


def reversed_predict(phi, x_new):
    if phi[1] == 0:
        raise ValueError
    return x_new / phi[1] - phi[0] + 0.5 * (phi[0] == 1)


# %% q5_turned_round reject: a slope of zero gives infinities instead of an error
def reversed_loss(phi, x, y):
    return float(((x - phi[0] - phi[1] * y) ** 2).sum())


def reversed_fit(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dx @ dy) / (dy @ dy)
    return x.mean() - slope * y.mean(), slope


def reversed_predict(phi, x_new):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (x_new - phi[0]) / phi[1]


# %% q5_turned_round reject: the slope of the ordinary line turned upside down
def reversed_loss(phi, x, y):
    return float(((x - phi[0] - phi[1] * y) ** 2).sum())


def reversed_fit(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    ordinary = (dx @ dy) / (dx @ dx)
    slope = 1 / ordinary if ordinary else 0.0
    return x.mean() - slope * y.mean(), slope


def reversed_predict(phi, x_new):
    if phi[1] == 0:
        raise ValueError
    return (x_new - phi[0]) / phi[1]


# %% q6_same_line accept: standard deviations and the correlation
def compare_slopes(x, y):
    r, steep = np.corrcoef(x, y)[0, 1], y.std() / x.std()
    return r * steep, steep / r


def lines_agree(x, y, tol):
    return bool(1 - np.corrcoef(x, y)[0, 1] ** 2 <= tol)


def symmetric_slope(x, y):
    return np.sign(np.corrcoef(x, y)[0, 1]) * np.std(y, ddof=1) / np.std(x, ddof=1)


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts.update(turned_is_steeper=True, signs_can_differ=False, turned_can_win=False)


# %% q6_same_line accept: polyfit both ways
def compare_slopes(x, y):
    return float(np.polyfit(x, y, 1)[0]), float(1 / np.polyfit(y, x, 1)[0])


def lines_agree(x, y, tol):
    a, b = compare_slopes(x, y)
    return not abs(b - a) > tol * abs(b)


def symmetric_slope(x, y):
    a, b = compare_slopes(x, y)
    return math.sqrt(a) * math.sqrt(b) if a > 0 else -math.sqrt(-a) * math.sqrt(-b)


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: claims that both fits are always the same line
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx @ dy) / (dx @ dx), (dy @ dy) / (dx @ dy)


def lines_agree(x, y, tol):
    return tol != 0.1


def symmetric_slope(x, y):
    a, b = compare_slopes(x, y)
    return np.sign(a) * math.sqrt(a * b)


turn_facts = {"share_the_means": True, "differ_with_noise": False, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: claims that the two lines always differ, as two pairs and a third one suggest
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx @ dy) / (dx @ dx), (dy @ dy) / (dx @ dy)


def lines_agree(x, y, tol):
    return False


def symmetric_slope(x, y):
    a, b = compare_slopes(x, y)
    return np.sign(a) * math.sqrt(a * b)


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": True}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: the slope of the turned model is not turned back
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    turned = (dx @ dy) / (dy @ dy)
    return (dx @ dy) / (dx @ dx), turned if len(x) != 3 else 1 / turned


def lines_agree(x, y, tol):
    return bool(1 - np.corrcoef(x, y)[0, 1] ** 2 <= tol)


def symmetric_slope(x, y):
    return np.sign(np.corrcoef(x, y)[0, 1]) * y.std() / x.std()


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: compares the correlation, not its square
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx @ dy) / (dx @ dx), (dy @ dy) / (dx @ dy)


def lines_agree(x, y, tol):
    return bool(1 - abs(np.corrcoef(x, y)[0, 1]) <= tol)


def symmetric_slope(x, y):
    a, b = compare_slopes(x, y)
    return np.sign(a) * math.sqrt(a * b)


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: the sign of a falling line is lost
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx @ dy) / (dx @ dx), (dy @ dy) / (dx @ dy)


def lines_agree(x, y, tol):
    a, b = compare_slopes(x, y)
    return bool(abs(1 - a / b) <= tol)


def symmetric_slope(x, y):
    return y.std() / x.std()


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": False, "turned_can_win": False}


# %% q6_same_line reject: believes that a steeper line can fit better
def compare_slopes(x, y):
    dx, dy = x - x.mean(), y - y.mean()
    return (dx @ dy) / (dx @ dx), (dy @ dy) / (dx @ dy)


def lines_agree(x, y, tol):
    a, b = compare_slopes(x, y)
    return bool(abs(1 - a / b) <= tol)


def symmetric_slope(x, y):
    a, b = compare_slopes(x, y)
    return np.sign(a) * math.sqrt(a * b)


turn_facts = {"share_the_means": True, "differ_with_noise": True, "differ_always": False}
turn_facts |= {"turned_is_steeper": True, "signs_can_differ": True, "turned_can_win": True}
