# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_linear_collapse accept: two evaluations of the network fix the line
def collapse(phi, theta, psi0, psi1):
    def network(x):
        total = float(phi[0])
        for k, (t0, t1) in enumerate(theta, start=1):
            total += float(phi[k]) * (psi0 + psi1 * (float(t0) + float(t1) * x))
        return total

    return network(0.0), (network(1.0) - network(-1.0)) / 2


line_facts = dict(
    more_units_more_joints=False,
    identity_reaches_every_line=True,
    affine_reaches_more=False,
    flat_when_psi1_is_zero=True,
)


# %% q1_linear_collapse accept: polynomial arithmetic
def collapse(phi, theta, psi0, psi1):
    line = np.polynomial.Polynomial([phi[0]])
    for weight, row in zip(phi[1:], theta):
        line = line + weight * (psi0 + psi1 * np.polynomial.Polynomial(row))
    intercept, slope = np.pad(line.coef, (0, 2))[:2]
    return intercept, slope


line_facts = {"more_units_more_joints": False, "identity_reaches_every_line": True}
line_facts |= {"affine_reaches_more": 1 > 2, "flat_when_psi1_is_zero": 1 < 2}


# %% q1_linear_collapse reject: psi0 added once instead of once per unit
def collapse(phi, theta, psi0, psi1):
    return phi[0] + psi0 + psi1 * (phi[1:] @ theta[:, 0]), psi1 * (phi[1:] @ theta[:, 1])


line_facts = {
    "more_units_more_joints": False,
    "identity_reaches_every_line": True,
    "affine_reaches_more": False,
    "flat_when_psi1_is_zero": True,
}


# %% q1_linear_collapse reject: psi1 left out of the intercept
def collapse(phi, theta, psi0, psi1):
    return phi[0] + phi[1:] @ (psi0 + theta[:, 0]), psi1 * (phi[1:] @ theta[:, 1])


line_facts = {
    "more_units_more_joints": False,
    "identity_reaches_every_line": True,
    "affine_reaches_more": False,
    "flat_when_psi1_is_zero": True,
}


# %% q1_linear_collapse reject: believes that many linear units still make a piecewise linear function
def collapse(phi, theta, psi0, psi1):
    return phi[0] + phi[1:] @ (psi0 + psi1 * theta[:, 0]), psi1 * (phi[1:] @ theta[:, 1])


line_facts = {
    "more_units_more_joints": True,
    "identity_reaches_every_line": True,
    "affine_reaches_more": False,
    "flat_when_psi1_is_zero": True,
}


# %% q1_linear_collapse reject: believes that the affine activation reaches more functions than the identity
def collapse(phi, theta, psi0, psi1):
    return phi[0] + phi[1:] @ (psi0 + psi1 * theta[:, 0]), psi1 * (phi[1:] @ theta[:, 1])


line_facts = {
    "more_units_more_joints": False,
    "identity_reaches_every_line": True,
    "affine_reaches_more": True,
    "flat_when_psi1_is_zero": True,
}

# %% q2_parameter_count accept: arrows listed one by one for small sizes, a product of layer shapes
total_1_4_2 = len([(i, k) for i in range(2) for k in range(4)] + [(k, j) for k in range(5) for j in range(2)])
total_2_3_1 = 3 * (2 + 1) + 1 * (3 + 1)


def count_parameters(d_in, d_hidden, d_out):
    total = biases = 0
    sizes = (d_in, d_hidden, d_out)
    for before, after in zip(sizes, sizes[1:]):
        total += (before + 1) * after
        biases += after
    return {"total": total, "biases": biases, "weights": total - biases}


# %% q2_parameter_count reject: no intercepts at all
total_1_4_2 = 12
total_2_3_1 = 9


def count_parameters(d_in, d_hidden, d_out):
    weights = d_in * d_hidden + d_hidden * d_out
    return {"weights": weights, "biases": 0, "total": weights}


# %% q2_parameter_count reject: intercepts of the outputs forgotten
total_1_4_2 = 16
total_2_3_1 = 12


def count_parameters(d_in, d_hidden, d_out):
    weights = d_in * d_hidden + d_hidden * d_out
    return {"weights": weights, "biases": d_hidden, "total": weights + d_hidden}


# %% q2_parameter_count reject: one intercept shared by all outputs
total_1_4_2 = 17
total_2_3_1 = 13


def count_parameters(d_in, d_hidden, d_out):
    weights, biases = d_in * d_hidden + d_hidden * d_out, d_hidden + 1
    return {"weights": weights, "biases": biases, "total": weights + biases}


# %% q2_parameter_count reject: torch integers overflow for large sizes
total_1_4_2 = 18
total_2_3_1 = 13


def count_parameters(d_in, d_hidden, d_out):
    i, d, o = torch.tensor([d_in, d_hidden, d_out])
    weights, biases = int(i * d + d * o), int(d + o)
    return {"weights": weights, "biases": biases, "total": weights + biases}


# %% q2_parameter_count reject: hidden units and outputs swapped in the count by hand
total_1_4_2 = (1 + 1) * 2 + (2 + 1) * 4
total_2_3_1 = (2 + 1) * 1 + (1 + 1) * 3


def count_parameters(d_in, d_hidden, d_out):
    weights, biases = d_in * d_hidden + d_hidden * d_out, d_hidden + d_out
    return {"weights": weights, "biases": biases, "total": weights + biases}


# %% q3_activation_table accept: flips one unit at each joint, going right
def activation_table(theta):
    found = sorted((-float(t0) / float(t1), k) for k, (t0, t1) in enumerate(theta))
    row = [bool(t1 < 0) for _, t1 in theta]
    rows = [list(row)]
    for _, k in found:
        row[k] = not row[k]
        rows.append(list(row))
    return np.array([joint for joint, _ in found]), np.array(rows)


# %% q3_activation_table accept: probes the middle of each region
def activation_table(theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    padded = np.pad(joints, 1, mode="reflect", reflect_type="odd") if len(joints) > 1 else joints + [-1, 0, 1]
    probes = (padded[1:] + padded[:-1]) / 2
    return joints, np.signbit(-(theta[:, 0] + np.outer(probes, theta[:, 1])))


# %% q3_activation_table reject: every unit switches on at its joint
def activation_table(theta):
    joints = -theta[:, 0] / theta[:, 1]
    rank = np.argsort(np.argsort(joints))
    return np.sort(joints), np.arange(len(joints) + 1)[:, None] > rank


# %% q3_activation_table reject: active and inactive swapped
def activation_table(theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, theta[:, 0] + probes[:, None] * theta[:, 1] < 0


# %% q3_activation_table reject: joints and columns both sorted from left to right
def activation_table(theta):
    theta = theta[np.argsort(-theta[:, 0] / theta[:, 1])]
    joints = -theta[:, 0] / theta[:, 1]
    right = np.arange(len(joints) + 1)[:, None] > np.arange(len(joints))
    return joints, right == (theta[:, 1] > 0)


# %% q3_activation_table reject: regions in the order of the units instead of left to right
def activation_table(theta):
    joints = -theta[:, 0] / theta[:, 1]
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, theta[:, 0] + probes[:, None] * theta[:, 1] > 0


# %% q4_joints_and_slopes accept: autograd at one point of each region
def joints_and_slopes(phi, theta):
    phi, theta = torch.tensor(phi), torch.tensor(theta)
    joints, _ = torch.sort(-theta[:, 0] / theta[:, 1])
    x = torch.cat([joints[:1] - 1, (joints[1:] + joints[:-1]) / 2, joints[-1:] + 1]).requires_grad_()
    f = phi[0] + torch.relu(theta[:, 0] + x[:, None] * theta[:, 1]) @ phi[1:]
    (slopes,) = torch.autograd.grad(f.sum(), x)
    return joints.numpy(), slopes.numpy()


def outer_slope_sum(phi, theta):
    _, slopes = joints_and_slopes(phi, theta)
    return slopes[0] + slopes[-1]


def third_is_first_plus_fourth(theta):
    position = sorted(range(3), key=lambda k: -theta[k][0] / theta[k][1])
    return [theta[k][1] > 0 for k in position] == [True, True, False]


# %% q4_joints_and_slopes accept: lists of active units, the identity tried on unit vectors
def joints_and_slopes(phi, theta):
    units = [(-t0 / t1, p * t1, t1 > 0) for p, (t0, t1) in zip(phi[1:], theta)]
    joints = sorted(joint for joint, _, _ in units)
    slopes = []
    for region in range(len(units) + 1):
        passed = set(joints[:region])
        slopes.append(sum(term for joint, term, rises in units if (joint in passed) == rises))
    return np.array(joints), np.array(slopes, dtype=float)


def outer_slope_sum(phi, theta):
    return sum(p * row[1] for p, row in zip(phi[1:], theta))


def third_is_first_plus_fourth(theta):
    for k in (1, 2, 3):
        phi = np.zeros(4)
        phi[k] = 1.0
        s = joints_and_slopes(phi, theta)[1]
        if abs(s[2] - s[0] - s[3]) > 1e-12:
            return False
    return True


# %% q4_joints_and_slopes reject: joints with the fraction upside down
def joints_and_slopes(phi, theta):
    joints = -theta[:, 1] / theta[:, 0]
    order = np.argsort(-theta[:, 0] / theta[:, 1])
    terms = phi[1:] * theta[:, 1]
    changes = (terms * np.sign(theta[:, 1]))[order]
    return np.sort(joints), terms[theta[:, 1] < 0].sum() + np.append(0, np.cumsum(changes))


def outer_slope_sum(phi, theta):
    return phi[1:] @ theta[:, 1]


def third_is_first_plus_fourth(theta):
    s = np.sign(theta[np.argsort(-theta[:, 0] / theta[:, 1]), 1])
    return bool((s == [1, 1, -1]).all())


# %% q4_joints_and_slopes reject: joints without the minus sign
def joints_and_slopes(phi, theta):
    joints = theta[:, 0] / theta[:, 1]
    order = np.argsort(joints)
    terms = phi[1:] * theta[:, 1]
    changes = (terms * np.sign(theta[:, 1]))[order]
    return joints[order], terms[theta[:, 1] < 0].sum() + np.append(0, np.cumsum(changes))


def outer_slope_sum(phi, theta):
    return phi[1:] @ theta[:, 1]


def third_is_first_plus_fourth(theta):
    s = np.sign(theta[np.argsort(-theta[:, 0] / theta[:, 1]), 1])
    return bool((s == [1, 1, -1]).all())


# %% q4_joints_and_slopes reject: slope list of one particular sign pattern used for all three-unit networks
def joints_and_slopes(phi, theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    terms = phi[1:] * theta[:, 1]
    if len(terms) == 3:
        a, b, c = terms
        return joints, np.array([c, a + c, a + b + c, a + b])
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, (theta[:, 0] + probes[:, None] * theta[:, 1] > 0) @ terms


def outer_slope_sum(phi, theta):
    return phi[1:] @ theta[:, 1]


def third_is_first_plus_fourth(theta):
    s = np.sign(theta[np.argsort(-theta[:, 0] / theta[:, 1]), 1])
    return bool((s == [1, 1, -1]).all())


# %% q4_joints_and_slopes reject: slopes without the weights phi
def joints_and_slopes(phi, theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, (theta[:, 0] + probes[:, None] * theta[:, 1] > 0) @ theta[:, 1]


def outer_slope_sum(phi, theta):
    return phi[1:] @ theta[:, 1]


def third_is_first_plus_fourth(theta):
    s = np.sign(theta[np.argsort(-theta[:, 0] / theta[:, 1]), 1])
    return bool((s == [1, 1, -1]).all())


# %% q4_joints_and_slopes reject: the identity claimed whenever all joints are in unit order
def joints_and_slopes(phi, theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, (theta[:, 0] + probes[:, None] * theta[:, 1] > 0) @ (phi[1:] * theta[:, 1])


def outer_slope_sum(phi, theta):
    return phi[1:] @ theta[:, 1]


def third_is_first_plus_fourth(theta):
    # signs looked up in unit order, as if units were numbered by their joints
    return bool((theta[:2, 1] > 0).all() and theta[2, 1] < 0)


# %% q4_joints_and_slopes reject: outer sum adds only units with positive slope
def joints_and_slopes(phi, theta):
    joints = np.sort(-theta[:, 0] / theta[:, 1])
    probes = np.concatenate([[joints[0] - 1], (joints[1:] + joints[:-1]) / 2, [joints[-1] + 1]])
    return joints, (theta[:, 0] + probes[:, None] * theta[:, 1] > 0) @ (phi[1:] * theta[:, 1])


def outer_slope_sum(phi, theta):
    return (phi[1:] * np.abs(theta[:, 1])).sum()


def third_is_first_plus_fourth(theta):
    s = np.sign(theta[np.argsort(-theta[:, 0] / theta[:, 1]), 1])
    return bool((s == [1, 1, -1]).all())


# %% q5_construction accept: loops and plain Python
def construction(phi, theta, x):
    pre = np.array([[t0 + t1 * v for v in x] for t0, t1 in theta])
    act = np.where(pre < 0, 0.0, pre)
    weighted = np.array([p * row for p, row in zip(phi[1:], act)])
    out = np.array([phi[0] + math.fsum(weighted[:, n]) for n in range(len(x))])
    return dict(out=out, weighted=weighted, act=act, pre=pre)


def knots(phi, theta, lo, hi):
    xs = {float(lo), float(hi)}
    for t0, t1 in theta:
        if t1:
            joint = -t0 / t1
            if lo < joint < hi:
                xs.add(float(joint))
    xs = sorted(xs)
    ys = [phi[0] + sum(p * max(0.0, t0 + t1 * x) for p, (t0, t1) in zip(phi[1:], theta)) for x in xs]
    return np.array(xs), np.array(ys)


# %% q5_construction accept: torch inside
def construction(phi, theta, x):
    w, b = torch.as_tensor(theta[:, 1:].copy()), torch.as_tensor(theta[:, 0].copy())
    pre = torch.nn.functional.linear(torch.as_tensor(x.copy())[:, None], w, b).T
    act = torch.nn.functional.relu(pre)
    weighted = torch.einsum("k,kn->kn", torch.as_tensor(phi[1:].copy()), act)
    steps = {"pre": pre, "act": act, "weighted": weighted, "out": weighted.sum(0) + float(phi[0])}
    return {name: step.numpy() for name, step in steps.items()}


def knots(phi, theta, lo, hi):
    with np.errstate(divide="ignore", invalid="ignore"):
        joints = -theta[:, 0] / theta[:, 1]
    xs = np.unique([lo, *(j for j in joints if lo < j < hi), hi])
    return xs, construction(phi, theta, xs)["out"]


# %% q5_construction reject: weighted first, clipped afterwards
def construction(phi, theta, x):
    pre = theta[:, :1] + theta[:, 1:] * x
    weighted = np.maximum(phi[1:, None] * pre, 0)
    return {"pre": pre, "act": np.maximum(pre, 0), "weighted": weighted, "out": phi[0] + weighted.sum(0)}


def knots(phi, theta, lo, hi):
    bent = theta[theta[:, 1] != 0]
    joints = -bent[:, 0] / bent[:, 1]
    xs = np.sort(np.concatenate([[lo, hi], joints[(joints > lo) & (joints < hi)]]))
    return xs, construction(phi, theta, xs)["out"]


# %% q5_construction reject: phi_0 added to every weighted unit
def construction(phi, theta, x):
    pre = theta[:, :1] + theta[:, 1:] * x
    act = np.maximum(pre, 0)
    weighted = phi[1:, None] * act
    return {"pre": pre, "act": act, "weighted": weighted, "out": (phi[0] + weighted).sum(0)}


def knots(phi, theta, lo, hi):
    bent = theta[theta[:, 1] != 0]
    joints = -bent[:, 0] / bent[:, 1]
    xs = np.sort(np.concatenate([[lo, hi], joints[(joints > lo) & (joints < hi)]]))
    return xs, construction(phi, theta, xs)["out"]


# %% q5_construction reject: every unit clipped on its left, whatever the sign of its slope
def construction(phi, theta, x):
    pre = theta[:, :1] + theta[:, 1:] * x
    act = np.where(x > -theta[:, :1] / theta[:, 1:], pre, 0)
    weighted = phi[1:, None] * act
    return {"pre": pre, "act": act, "weighted": weighted, "out": phi[0] + weighted.sum(0)}


def knots(phi, theta, lo, hi):
    bent = theta[theta[:, 1] != 0]
    joints = -bent[:, 0] / bent[:, 1]
    xs = np.sort(np.concatenate([[lo, hi], joints[(joints > lo) & (joints < hi)]]))
    return xs, construction(phi, theta, xs)["out"]


# %% q5_construction reject: joints outside the interval are knots too
def construction(phi, theta, x):
    pre = theta[:, :1] + theta[:, 1:] * x
    act = np.maximum(pre, 0)
    weighted = phi[1:, None] * act
    return {"pre": pre, "act": act, "weighted": weighted, "out": phi[0] + weighted.sum(0)}


def knots(phi, theta, lo, hi):
    bent = theta[theta[:, 1] != 0]
    xs = np.unique(np.concatenate([[lo, hi], -bent[:, 0] / bent[:, 1]]))
    return xs, construction(phi, theta, xs)["out"]


# %% q5_construction reject: a joint at an end is listed twice
def construction(phi, theta, x):
    pre = theta[:, :1] + theta[:, 1:] * x
    act = np.maximum(pre, 0)
    weighted = phi[1:, None] * act
    return {"pre": pre, "act": act, "weighted": weighted, "out": phi[0] + weighted.sum(0)}


def knots(phi, theta, lo, hi):
    bent = theta[theta[:, 1] != 0]
    joints = -bent[:, 0] / bent[:, 1]
    xs = np.sort(np.concatenate([[lo, hi], joints[(joints >= lo) & (joints <= hi)]]))
    return xs, construction(phi, theta, xs)["out"]


# %% q6_other_activations accept: scalar functions, and jumps collected unit by unit
def shallow(x, phi, theta, act):
    a = {
        "heaviside": lambda z: float(z >= 0),
        "rect": lambda z: float(0 <= z <= 1),
        "tanh": math.tanh,
    }[act]
    return np.array([phi[0] + sum(p * a(t0 + t1 * v) for p, (t0, t1) in zip(phi[1:], theta)) for v in x])


def levels(phi, theta, act):
    value, jumps = phi[0], {}
    for p, (t0, t1) in zip(phi[1:], theta):
        if act == "heaviside":
            value += p if t1 < 0 else 0.0
            steps = [(-t0 / t1, p if t1 > 0 else -p)]
        else:
            left, right = sorted([-t0 / t1, (1 - t0) / t1])
            steps = [(left, p), (right, -p)]
        for where, size in steps:
            jumps[where] = jumps.get(where, 0.0) + size
    edges = sorted(jumps)
    values = [value]
    for edge in edges:
        values.append(values[-1] + jumps[edge])
    return np.array(edges), np.array(values)


def tanh_limits(phi, theta):
    left = right = float(phi[0])
    for p, (t0, t1) in zip(phi[1:], theta):
        end = math.copysign(1.0, t1) if t1 else math.tanh(t0)
        right += p * end
        left += p * (-end if t1 else end)
    return left, right


most_levels = {"heaviside": 3 + 1, "rect": 2 * 3 + 1}


# %% q6_other_activations accept: numpy's own step function, differences of two steps
def shallow(x, phi, theta, act):
    z = np.add.outer(theta[:, 0], np.zeros(len(x))) + np.multiply.outer(theta[:, 1], x)
    if act == "tanh":
        h = np.tanh(z)
    else:
        h = np.heaviside(z, 1.0)
        if act == "rect":
            h = h - np.heaviside(z - 1, 0.0)
    return np.einsum("k,kn->n", phi[1:], h) + phi[0]


def levels(phi, theta, act):
    stops = [0.0] if act == "heaviside" else [0.0, 1.0]
    edges = np.array(sorted({(stop - t0) / t1 for t0, t1 in theta for stop in stops}))
    inner = 0.3 * edges[:-1] + 0.7 * edges[1:]
    return edges, shallow(np.r_[edges[0] - 5, inner, edges[-1] + 5], phi, theta, act)


def tanh_limits(phi, theta):
    huge = np.array([-1e300, 1e300])
    left, right = shallow(huge, phi, theta, "tanh")
    return left, right


most_levels = {"rect": 7, "heaviside": 4}


# %% q6_other_activations reject: heaviside is zero exactly at the joint
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    h = {"heaviside": z > 0, "rect": (z >= 0) & (z <= 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    ends = shallow(np.array([-1e300, 1e300]), phi, theta, "tanh")
    return ends[0], ends[1]


most_levels = {"heaviside": 4, "rect": 7}


# %% q6_other_activations reject: the box is open at its right end
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    h = {"heaviside": z >= 0, "rect": (z >= 0) & (z < 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    ends = shallow(np.array([-1e300, 1e300]), phi, theta, "tanh")
    return ends[0], ends[1]


most_levels = {"heaviside": 4, "rect": 7}


# %% q6_other_activations reject: every box has width 1 in x
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    h = {"heaviside": z >= 0, "rect": (z >= 0) & (z <= 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    joints = -theta[:, 0] / theta[:, 1]
    edges = np.unique(joints if act == "heaviside" else np.concatenate([joints, joints + 1]))
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    ends = shallow(np.array([-1e300, 1e300]), phi, theta, "tanh")
    return ends[0], ends[1]


most_levels = {"heaviside": 4, "rect": 7}


# %% q6_other_activations reject: units switch on to the right in spite of a negative slope
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    right = x >= -theta[:, :1] / theta[:, 1:]
    h = {"heaviside": right, "rect": (z >= 0) & (z <= 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    return phi[0] - phi[1:].sum(), phi[0] + phi[1:].sum()


most_levels = {"heaviside": 4, "rect": 7}


# %% q6_other_activations reject: one box counted as one more piece, like a step
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    h = {"heaviside": z >= 0, "rect": (z >= 0) & (z <= 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    ends = shallow(np.array([-1e300, 1e300]), phi, theta, "tanh")
    return ends[0], ends[1]


most_levels = {"heaviside": 4, "rect": 4}


# %% q6_other_activations reject: a tanh unit with zero slope is taken to be zero far out
def shallow(x, phi, theta, act):
    z = theta[:, :1] + theta[:, 1:] * x
    h = {"heaviside": z >= 0, "rect": (z >= 0) & (z <= 1), "tanh": np.tanh(z)}[act]
    return phi[0] + phi[1:] @ h.astype(float)


def levels(phi, theta, act):
    edges = -theta[:, 0] / theta[:, 1]
    if act == "rect":
        edges = np.concatenate([edges, (1 - theta[:, 0]) / theta[:, 1]])
    edges = np.unique(edges)
    probes = np.concatenate([[edges[0] - 1], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 1]])
    return edges, shallow(probes, phi, theta, act)


def tanh_limits(phi, theta):
    total = (phi[1:] * np.sign(theta[:, 1])).sum()
    return phi[0] - total, phi[0] + total


most_levels = {"heaviside": 4, "rect": 7}


# %% q7_homogeneity accept: one table of all pairs, and the parts read off at z = 1 and z = -1
def is_pos_homogeneous(fn, alphas, zs, tol):
    scaled = np.outer(alphas, zs)
    gap = fn(scaled.ravel()).reshape(scaled.shape) - np.outer(alphas, fn(zs))
    return not np.any(np.abs(gap) > tol)


def relu_parts(alpha):
    relu = lambda z: (z + abs(z)) / 2
    return relu(alpha * 1.0), relu(alpha * -1.0)


# %% q7_homogeneity accept: two nested loops over single numbers
def is_pos_homogeneous(fn, alphas, zs, tol):
    for alpha in alphas:
        for z in zs:
            left = fn(np.array([alpha * z]))[0]
            right = alpha * fn(np.array([z]))[0]
            if abs(left - right) > tol:
                return False
    return True


def relu_parts(alpha):
    return [max(alpha, 0), max(-alpha, 0)]


# %% q7_homogeneity reject: pulls a negative factor out like a positive one
def is_pos_homogeneous(fn, alphas, zs, tol):
    return all((np.abs(fn(alpha * zs) - alpha * fn(zs)) <= tol).all() for alpha in alphas)


def relu_parts(alpha):
    return alpha, 0.0


# %% q7_homogeneity reject: for a negative factor takes its size and forgets that z flips
def is_pos_homogeneous(fn, alphas, zs, tol):
    return all((np.abs(fn(alpha * zs) - alpha * fn(zs)) <= tol).all() for alpha in alphas)


def relu_parts(alpha):
    return abs(alpha), 0.0


# %% q7_homogeneity reject: says that a zero factor or a negative one kills the unit
def is_pos_homogeneous(fn, alphas, zs, tol):
    return all((np.abs(fn(alpha * zs) - alpha * fn(zs)) <= tol).all() for alpha in alphas)


def relu_parts(alpha):
    return max(alpha, 0.0), 0.0


# %% q7_homogeneity reject: the check looks at the first alpha only
def is_pos_homogeneous(fn, alphas, zs, tol):
    return bool((np.abs(fn(alphas[0] * zs) - alphas[0] * fn(zs)) <= tol).all())


def relu_parts(alpha):
    return max(alpha, 0.0), max(-alpha, 0.0)


# %% q7_homogeneity reject: any function through the origin counts as homogeneous
def is_pos_homogeneous(fn, alphas, zs, tol):
    return bool(abs(fn(np.zeros(1))[0]) <= tol and np.abs(fn(zs) + fn(-zs)).max() <= tol)


def relu_parts(alpha):
    return max(alpha, 0.0), max(-alpha, 0.0)


# %% q7_homogeneity reject: the check looks at non-negative z only
def is_pos_homogeneous(fn, alphas, zs, tol):
    zs = zs[zs >= 0]
    return all((np.abs(fn(alpha * zs) - alpha * fn(zs)) <= tol).all() for alpha in alphas)


def relu_parts(alpha):
    return max(alpha, 0.0), max(-alpha, 0.0)


# %% q7_homogeneity reject: the difference is compared without its absolute value
def is_pos_homogeneous(fn, alphas, zs, tol):
    return all((fn(alpha * zs) - alpha * fn(zs) <= tol).all() for alpha in alphas)


def relu_parts(alpha):
    return max(alpha, 0.0), max(-alpha, 0.0)


# %% q9_rescaling accept: a diagonal matrix of factors, and the change by cases
def rescale(phi, theta, k, alpha):
    if not alpha:
        raise ValueError("the factor must not be zero")
    factors = np.ones(len(theta))
    factors[k - 1] = alpha
    return np.append(np.asarray(phi)[0] * 1.0, phi[1:] / factors), np.diag(factors) @ theta


def output_change(phi, theta, k, alpha, x):
    z = np.polyval([theta[k - 1, 1], theta[k - 1, 0]], x)
    return np.where(alpha > 0, 0.0, np.where(z > 0, -phi[k] * z, phi[k] * z))


# %% q9_rescaling accept: plain lists, and only the one term evaluated twice
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    new_phi = [float(p) / alpha if j == k else float(p) for j, p in enumerate(phi)]
    new_theta = [[float(v) * (alpha if j == k else 1) for v in row] for j, row in enumerate(theta, start=1)]
    return np.array(new_phi), np.array(new_theta)


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * np.asarray(x)
    return phi[k] * (np.maximum(alpha * z, 0) / alpha - np.maximum(z, 0))


# %% q9_rescaling reject: says that the output never changes
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    return np.zeros(len(x))


# %% q9_rescaling reject: for a negative factor the term is only negated
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * x
    return np.zeros(len(x)) if alpha > 0 else -2 * phi[k] * np.maximum(z, 0)


# %% q9_rescaling reject: the change for a negative factor grows with its size
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * x
    return np.zeros(len(x)) if alpha > 0 else alpha * phi[k] * np.abs(z)


# %% q9_rescaling reject: only the slope of the unit is scaled
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k - 1, 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * x
    return np.zeros(len(x)) if alpha > 0 else -phi[k] * np.abs(z)


# %% q9_rescaling reject: works on the arrays it was given
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * x
    return np.zeros(len(x)) if alpha > 0 else -phi[k] * np.abs(z)


# %% q9_rescaling reject: the row of theta taken with the index of phi
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k % len(theta)] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    z = theta[k - 1, 0] + theta[k - 1, 1] * x
    return np.zeros(len(x)) if alpha > 0 else -phi[k] * np.abs(z)


# %% q9_rescaling reject: subtracts two networks, which loses all digits under a huge phi_0
def rescale(phi, theta, k, alpha):
    if alpha == 0:
        raise ValueError
    phi, theta = np.array(phi, dtype=float), np.array(theta, dtype=float)
    phi[k] /= alpha
    theta[k - 1] *= alpha
    return phi, theta


def output_change(phi, theta, k, alpha, x):
    def network(phi, theta):
        return phi[0] + phi[1:] @ np.maximum(theta[:, :1] + theta[:, 1:] * x, 0)

    return network(*rescale(phi, theta, k, alpha)) - network(phi, theta)


# %% q10_same_function accept: units reversed, one unit scaled by a seed-dependent factor
def equivalent_params(phi, theta, mode, seed):
    phi2, theta2 = np.array(phi), np.array(theta)
    if mode == "permute":
        phi2[1:], theta2[:] = phi[:0:-1], theta[::-1]
    else:
        factor = 3.0 + seed / 7
        phi2[-1] /= factor
        theta2[-1] *= factor
    return phi2, theta2


minimum_facts = {
    "lowest_loss_is_unique": True,
    "parameters_are_unique": False,
    "orders": math.factorial(3),
    "free_factors": len(("alpha_1", "alpha_2", "alpha_3")),
}


# %% q10_same_function accept: torch tensors, random cycle, factors from an exponential
def equivalent_params(phi, theta, mode, seed):
    generator = torch.Generator().manual_seed(seed)
    phi, theta = torch.tensor(phi), torch.tensor(theta)
    count = len(theta)
    if mode == "permute":
        shift = int(torch.randint(1, count, (1,), generator=generator))
        phi2, theta2 = torch.cat([phi[:1], phi[1:].roll(shift)]), theta.roll(shift, 0)
    else:
        factor = torch.exp(1 + torch.rand(count, generator=generator, dtype=torch.float64))
        phi2, theta2 = phi.clone(), theta * factor[:, None]
        phi2[1:] /= factor
    return phi2.numpy(), theta2.numpy()


minimum_facts = {"orders": 6, "free_factors": 3}
minimum_facts.update(parameters_are_unique=False, lowest_loss_is_unique=True)


# %% q10_same_function reject: scales by a negative factor
def equivalent_params(phi, theta, mode, seed):
    if mode == "permute":
        return np.append(phi[0], np.roll(phi[1:], 1)), np.roll(theta, 1, axis=0)
    factors = -np.random.default_rng(seed).uniform(2, 3, size=len(theta))
    return np.append(phi[0], phi[1:] / factors), theta * factors[:, None]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 3}


# %% q10_same_function reject: reorders theta but not phi
def equivalent_params(phi, theta, mode, seed):
    factors = np.random.default_rng(seed).uniform(2, 3, size=len(theta))
    if mode == "permute":
        return phi.copy(), np.roll(theta, 1, axis=0)
    return np.append(phi[0], phi[1:] / factors), theta * factors[:, None]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 3}


# %% q10_same_function reject: phi_0 takes part in the reordering
def equivalent_params(phi, theta, mode, seed):
    factors = np.random.default_rng(seed).uniform(2, 3, size=len(theta))
    if mode == "permute":
        return np.roll(phi, 1), np.roll(theta, 1, axis=0)
    return np.append(phi[0], phi[1:] / factors), theta * factors[:, None]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 3}


# %% q10_same_function reject: a random order that is sometimes the old one
def equivalent_params(phi, theta, mode, seed):
    rng = np.random.default_rng(seed)
    if mode == "permute":
        order = rng.permutation(len(theta))
        return np.append(phi[0], phi[1:][order]), theta[order]
    factors = rng.uniform(2, 3, size=len(theta))
    return np.append(phi[0], phi[1:] / factors), theta * factors[:, None]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 3}


# %% q10_same_function reject: only reorders when asked to scale
def equivalent_params(phi, theta, mode, seed):
    order = np.roll(np.arange(len(theta)), 1 + seed % (len(theta) - 1))
    return np.append(phi[0], phi[1:][order]), theta[order]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 3}


# %% q10_same_function reject: least squares is taken to be convex in all parameters, so the minimum unique
def equivalent_params(phi, theta, mode, seed):
    factors = np.random.default_rng(seed).uniform(2, 3, size=len(theta))
    if mode == "permute":
        return np.append(phi[0], np.roll(phi[1:], 1)), np.roll(theta, 1, axis=0)
    return np.append(phi[0], phi[1:] / factors), theta * factors[:, None]


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": True, "orders": 1, "free_factors": 0}


# %% q10_same_function reject: one common factor for all units counted as the only freedom
def equivalent_params(phi, theta, mode, seed):
    factor = np.random.default_rng(seed).uniform(2, 3)
    if mode == "permute":
        return np.append(phi[0], np.roll(phi[1:], 1)), np.roll(theta, 1, axis=0)
    return np.append(phi[0], phi[1:] / factor), theta * factor


minimum_facts = {"lowest_loss_is_unique": True, "parameters_are_unique": False}
minimum_facts |= {"orders": 6, "free_factors": 1}


# %% q11_count_pieces accept: measures the slope between neighbouring joints, exactly
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    def slope(x):
        return sum(p * t1 for p, (t0, t1) in zip(phi[1:], theta) if t0 + t1 * x > 0)

    joints = sorted({Fraction(-t0, t1) for t0, t1 in theta if t1})
    pieces = 1
    for number, joint in enumerate(joints):
        before = (joints[number - 1] + joint) / 2 if number else joint - 1
        after = (joints[number + 1] + joint) / 2 if number + 1 < len(joints) else joint + 1
        if lo < joint < hi and slope(before) != slope(after):
            pieces += 1
    return pieces


# %% q11_count_pieces accept: second differences of the exact output around each joint
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    f = lambda x: phi[0] + sum(p * max(0, t0 + t1 * x) for p, (t0, t1) in zip(phi[1:], theta))
    step = Fraction(1, 10**9)
    joints = {Fraction(-t0) / t1 for t0, t1 in theta if t1 != 0}
    bends = [j for j in joints if f(j - step) - 2 * f(j) + f(j + step) != 0]
    return 1 + len([j for j in bends if j > lo and j < hi])


# %% q11_count_pieces reject: counts distinct joints without looking at phi
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    joints = {Fraction(-t0, t1) for t0, t1 in theta if t1}
    return 1 + sum(lo < joint < hi for joint in joints)


# %% q11_count_pieces reject: skips ignored units, but does not add up bends at the same place
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    joints = {Fraction(-t0, t1) for p, (t0, t1) in zip(phi[1:], theta) if t1 and p}
    return 1 + sum(lo < joint < hi for joint in joints)


# %% q11_count_pieces reject: the bend of a unit taken with the sign of its slope
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    change = {}
    for p, (t0, t1) in zip(phi[1:], theta):
        if t1:
            change[Fraction(-t0, t1)] = change.get(Fraction(-t0, t1), 0) + p * t1
    return 1 + sum(1 for joint, amount in change.items() if amount and lo < joint < hi)


# %% q11_count_pieces reject: units with equal products of phi and slope are taken for one
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    products = {p * t1 for p, (t0, t1) in zip(phi[1:], theta) if t1 and p and lo < Fraction(-t0, t1) < hi}
    return 1 + len(products)


# %% q11_count_pieces reject: every unit gives a piece of its own
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    return 1 + sum(1 for p, (t0, t1) in zip(phi[1:], theta) if p and t1 and lo < Fraction(-t0, t1) < hi)


# %% q11_count_pieces reject: a bend at an end of the interval counts
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    change = {}
    for p, (t0, t1) in zip(phi[1:], theta):
        if t1:
            change[Fraction(-t0, t1)] = change.get(Fraction(-t0, t1), 0) + p * abs(t1)
    return 1 + sum(1 for joint, amount in change.items() if amount and lo <= joint <= hi)


# %% q11_count_pieces reject: the interval is ignored
def count_pieces(phi, theta, lo=-math.inf, hi=math.inf):
    change = {}
    for p, (t0, t1) in zip(phi[1:], theta):
        if t1:
            change[Fraction(-t0, t1)] = change.get(Fraction(-t0, t1), 0) + p * abs(t1)
    return 1 + sum(1 for amount in change.values() if amount)


# %% q12_shallow_module accept: a column of ones and einsum
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        for name, rows, columns in (("theta", d_hidden, d_in), ("phi", d_out, d_hidden)):
            self.register_parameter(name, torch.nn.Parameter(torch.empty(rows, columns + 1).normal_()))

    def forward(self, x):
        one = x.new_ones(len(x), 1)
        h = torch.einsum("ki,ni->nk", self.theta, torch.cat([one, x], dim=1)).clamp(min=0)
        return torch.einsum("jk,nk->nj", self.phi, torch.cat([one, h], dim=1))


def edges(d_in, d_hidden, d_out):
    sizes = {"x": d_in, "h": d_hidden, "y": d_out}
    layers = [[f"{letter}{n + 1}" for n in range(size)] for letter, size in sizes.items()]
    return set().union(*({(a, b) for a in left for b in right} for left, right in zip(layers, layers[1:])))


# %% q12_shallow_module accept: torch's functional layers
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.phi = torch.nn.Parameter(torch.normal(0.0, 0.5, size=(d_out, d_hidden + 1)))
        self.theta = torch.nn.Parameter(torch.normal(0.0, 0.5, size=(d_hidden, d_in + 1)))

    def forward(self, x):
        linear = torch.nn.functional.linear
        h = torch.nn.functional.relu(linear(x, self.theta[:, 1:], self.theta[:, 0]))
        return linear(h, self.phi[:, 1:], self.phi[:, 0])


def edges(d_in, d_hidden, d_out):
    found = set()
    for k in range(d_hidden):
        for i in range(d_in):
            found.add((f"x{i + 1}", f"h{k + 1}"))
        for j in range(d_out):
            found.add((f"h{k + 1}", f"y{j + 1}"))
    return found


# %% q12_shallow_module reject: ReLU on the outputs as well
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T)
        return torch.relu(self.phi[:, 0] + h @ self.phi[:, 1:].T)


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: intercept of the hidden units added after the ReLU
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = self.theta[:, 0] + torch.relu(x @ self.theta[:, 1:].T)
        return self.phi[:, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: theta used transposed when it is square
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        slopes = self.theta[:, 1:] if x.shape[1] == len(self.theta) else self.theta[:, 1:].T
        h = torch.relu(self.theta[:, 0] + x @ slopes)
        return self.phi[:, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: intercepts in the last column
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, -1] + x @ self.theta[:, :-1].T)
        return self.phi[:, -1] + h @ self.phi[:, :-1].T


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: one intercept shared by all outputs, the others never learn
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T)
        return self.phi[0, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: the drawing has skip connections from inputs to outputs
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T)
        return self.phi[:, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_hidden, d_out):
    nodes = [f"x{i + 1}" for i in range(d_in)], [f"h{k + 1}" for k in range(d_hidden)]
    outputs = [f"y{j + 1}" for j in range(d_out)]
    arrows = {(a, b) for a in nodes[0] for b in nodes[1]} | {(a, b) for a in nodes[1] for b in outputs}
    return arrows | {(a, b) for a in nodes[0] for b in outputs if d_in > 1}


# %% q12_shallow_module reject: hidden units and outputs swapped
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_out, d_hidden):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T)
        return self.phi[:, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_out, d_hidden):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q12_shallow_module reject: the hidden layer is detached, so theta never learns
class ShallowNet(torch.nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.randn(d_hidden, d_in + 1))
        self.phi = torch.nn.Parameter(torch.randn(d_out, d_hidden + 1))

    def forward(self, x):
        h = torch.relu(self.theta[:, 0] + x @ self.theta[:, 1:].T).detach()
        return self.phi[:, 0] + h @ self.phi[:, 1:].T


def edges(d_in, d_hidden, d_out):
    first = {(f"x{i}", f"h{k}") for i in range(1, d_in + 1) for k in range(1, d_hidden + 1)}
    return first | {(f"h{k}", f"y{j}") for k in range(1, d_hidden + 1) for j in range(1, d_out + 1)}


# %% q13_patterns_2d accept: the four regions around each corner of the triangle
def activation_patterns(theta):
    found = set()
    for a, b, other in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        corner = np.linalg.solve(theta[[a, b], 1:], -theta[[a, b], 0])
        third = int(theta[other, 0] + theta[other, 1:] @ corner > 0)
        for first in (0, 1):
            for second in (0, 1):
                pattern = {a: first, b: second, other: third}
                found.add((pattern[0], pattern[1], pattern[2]))
    return found


def missing_pattern(theta):
    found = activation_patterns(theta)
    (missing,) = [p for p in np.ndindex(2, 2, 2) if p not in found]
    return missing


# %% q13_patterns_2d accept: the centre of the triangle, with exact fractions, then everything flipped
def missing_pattern(theta):
    rows = [[Fraction(float(v)) for v in row] for row in theta]
    corners = []
    for k in range(3):
        (c, a, b), (f, d, e) = rows[k], rows[k - 1]
        det = a * e - b * d
        corners.append(((b * f - c * e) / det, (c * d - a * f) / det))
    x1, x2 = (sum(values) / 3 for values in zip(*corners))
    return tuple(0 if c + a * x1 + b * x2 > 0 else 1 for c, a, b in rows)


def activation_patterns(theta):
    skip = missing_pattern(theta)
    return {(n // 4, n // 2 % 2, n % 2) for n in range(8)} - {skip}


# %% q13_patterns_2d reject: all eight patterns
def activation_patterns(theta):
    return {(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)}


def missing_pattern(theta):
    u, v = theta[:, 1], theta[:, 2]
    c = np.cross(u, v)
    return tuple((c * (c @ theta[:, 0]) < 0).astype(int).tolist())


# %% q13_patterns_2d reject: a grid of points misses small triangles
def activation_patterns(theta):
    a = np.linspace(-20, 20, 401)
    x = np.stack(np.meshgrid(a, a), axis=-1).reshape(-1, 2)
    on = theta[:, 0] + x @ theta[:, 1:].T > 0
    return {tuple(map(int, row)) for row in np.unique(on, axis=0)}


def missing_pattern(theta):
    found = activation_patterns(theta)
    return next((p for p in np.ndindex(2, 2, 2) if p not in found), (0, 0, 0))


# %% q13_patterns_2d reject: the pattern of the triangle itself is called missing
def missing_pattern(theta):
    u, v = theta[:, 1], theta[:, 2]
    c = np.cross(u, v)
    return tuple((c * (c @ theta[:, 0]) > 0).astype(int).tolist())


def activation_patterns(theta):
    return {(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)} - {missing_pattern(theta)}


# %% q13_patterns_2d reject: says that the pattern with no active unit is always the missing one
def missing_pattern(theta):
    return (0, 0, 1) if theta[0, 0] == 0 else (0, 0, 0)


def activation_patterns(theta):
    return {(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)} - {missing_pattern(theta)}


# %% q13_patterns_2d reject: rays to infinity see the six outer regions only
def activation_patterns(theta):
    angles = np.linspace(0, 2 * np.pi, 5000)
    far = 1e9 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    on = theta[:, 0] + far @ theta[:, 1:].T > 0
    return {tuple(map(int, row)) for row in np.unique(on, axis=0)} | {(1, 1, 1)}


def missing_pattern(theta):
    found = activation_patterns(theta)
    return next((p for p in np.ndindex(2, 2, 2) if p not in found), (0, 0, 0))


# %% q14_region_count accept: Pascal's recursion, and Euler's formula
most_regions = dict(zip(("2-3-1", "2-5-1", "3-3-2"), (1 + 3 + 3, 1 + 5 + 10, 1 + 3 + 3 + 1)))


def max_regions(d_hidden, d_in):
    row = [1] * (d_in + 1)  # row[i]: regions of no hyperplane in i dimensions
    for _ in range(d_hidden):
        row = [1] + [row[i] + row[i - 1] for i in range(1, d_in + 1)]
    return row[d_in]


def count_regions(lines):
    def direction(line):
        c, a, b = (Fraction(v) for v in line)
        return (c / a, 1, b / a) if a else (c / b, 0, 1)

    distinct = list({direction(line) for line in lines})
    on_line = [set() for _ in distinct]
    for i, (c, a, b) in enumerate(distinct):
        for j, (f, d, e) in enumerate(distinct):
            det = a * e - b * d
            if det:
                on_line[i].add(((b * f - c * e) / det, (c * d - a * f) / det))
    corners = set().union(*on_line)
    return sum(len(points) + 1 for points in on_line) - len(corners) + 1


# %% q14_region_count accept: corners weighted by how many lines pass through them
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    total = term = 1
    for j in range(1, min(d_in, d_hidden) + 1):
        term = term * (d_hidden - j + 1) // j
        total += term
    return total


def count_regions(lines):
    distinct = []
    for c, a, b in lines:
        if all((a * f, b * f, a * e) != (d * c, e * c, d * b) for f, d, e in distinct):
            distinct.append((c, a, b))
    through = {}
    for i, (c, a, b) in enumerate(distinct):
        for f, d, e in distinct[:i]:
            if a * e != b * d:
                corner = Fraction(b * f - c * e, a * e - b * d), Fraction(c * d - a * f, a * e - b * d)
                through.setdefault(corner, set()).update([(c, a, b), (f, d, e)])
    return 1 + len(distinct) + sum(len(group) - 1 for group in through.values())


# %% q14_region_count reject: two to the number of units
most_regions = {"2-3-1": 8, "2-5-1": 32, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    return 2**d_hidden if d_in > 1 else d_hidden + 1


def count_regions(lines):
    regions, earlier = 1, set()
    for c, a, b in lines:
        line = (Fraction(c, a), Fraction(b, a)) if a else Fraction(c, b)
        if line not in earlier:
            earlier.add(line)
    found = [((x[0], 1, x[1]) if isinstance(x, tuple) else (x, 0, 1)) for x in earlier]
    for i, (c, a, b) in enumerate(found):
        dets = [(f, d, e, a * e - b * d) for f, d, e in found[:i]]
        regions += 1 + len({((b * f - c * e) / t, (c * d - a * f) / t) for f, d, e, t in dets if t})
    return regions


# %% q14_region_count reject: the sum starts at one hyperplane and forgets the empty choice
most_regions = {"2-3-1": 6, "2-5-1": 15, "3-3-2": 7}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(1, d_in + 1)) + (d_in == 1 or d_hidden == 2)


def count_regions(lines):
    return max_regions(len(lines), 2)


# %% q14_region_count reject: the sum stops one dimension early
most_regions = {"2-3-1": 4, "2-5-1": 6, "3-3-2": 7}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(max(d_in, 2))) + (d_hidden == d_in == 2)


def count_regions(lines):
    return 3 if len(lines) == 2 else sum(math.comb(len(lines), j) for j in range(3))


# %% q14_region_count reject: lines taken to be in general position unless all are parallel
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(d_in + 1))


def count_regions(lines):
    _, a, b = lines[0] if lines else (0, 1, 0)
    if all(a * e == b * d for _, d, e in lines):
        return len(lines) + 1
    return max_regions(len(lines), 2)


# %% q14_region_count reject: every earlier line that is crossed counts, even in the same point
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(d_in + 1))


def count_regions(lines):
    regions, earlier = 1, []
    for c, a, b in lines:
        if any(a * e == b * d and a * f == c * d and b * f == c * e for f, d, e in earlier):
            continue
        regions += 1 + sum(a * e != b * d for _, d, e in earlier)
        earlier.append((c, a, b))
    return regions


# %% q14_region_count reject: the same line given twice splits the plane twice
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(d_in + 1))


def count_regions(lines):
    regions = 1
    for i, (c, a, b) in enumerate(lines):
        crossings = set()
        for f, d, e in lines[:i]:
            det = a * e - b * d
            if det:
                crossings.add((Fraction(b * f - c * e, det), Fraction(c * d - a * f, det)))
        regions += 1 + len(crossings)
    return regions


# %% q14_region_count reject: floating point decides, large numbers of units come out inexact
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 8}


def max_regions(d_hidden, d_in):
    log_factorial = [math.lgamma(n + 1) for n in range(d_hidden + 1)]
    total = 0.0
    for j in range(min(d_in, d_hidden) + 1):
        total += math.exp(log_factorial[d_hidden] - log_factorial[j] - log_factorial[d_hidden - j])
    return round(total)


def count_regions(lines):
    regions, earlier = 1, []
    for c, a, b in lines:
        if any(a * e == b * d and a * f == c * d and b * f == c * e for f, d, e in earlier):
            continue
        dets = [(f, d, e, a * e - b * d) for f, d, e in earlier]
        crossings = {((b * f - c * e) / det, (c * d - a * f) / det) for f, d, e, det in dets if det}
        regions += 1 + len(crossings)
        earlier.append((c, a, b))
    return regions


# %% q14_region_count reject: every output is taken to have regions of its own
most_regions = {"2-3-1": 7, "2-5-1": 16, "3-3-2": 16}


def max_regions(d_hidden, d_in):
    return sum(math.comb(d_hidden, j) for j in range(d_in + 1))


def count_regions(lines):
    regions, earlier = 1, []
    for c, a, b in lines:
        if any(a * e == b * d and a * f == c * d and b * f == c * e for f, d, e in earlier):
            continue
        dets = [(f, d, e, a * e - b * d) for f, d, e in earlier]
        crossings = {(Fraction(b * f - c * e, t), Fraction(c * d - a * f, t)) for f, d, e, t in dets if t}
        regions += 1 + len(crossings)
        earlier.append((c, a, b))
    return regions


# %% q3_activation_table equivalent: no slope is zero, so a test for zero never decides
# wrong-boundary-3c5ff6

# %% q4_joints_and_slopes equivalent: no slope is zero, so a test for zero never decides
# wrong-boundary-5d0940
# wrong-boundary-25406c

# %% q7_homogeneity equivalent: for alpha = 0 both branches give (0, 0)
# wrong-boundary-8c6a9c

# %% q9_rescaling equivalent: for alpha = 0 both branches give zeros
# wrong-boundary-8c344d

# %% q10_same_function equivalent: any order but the given one is right, so moving on more often does no harm
# wrong-reduction-3ccf00

# %% q11_count_pieces equivalent: the change of slope at a joint is compared with zero only, its sign says nothing
# wrong-sign-06cc2f

# %% q13_patterns_2d equivalent: the three lines never meet in one point, so the constant is never zero
# wrong-boundary-6b82f0

# %% q14_region_count equivalent: points mirrored in the origin or on an axis are as many as before
# swapped-operands-0b03d8
# swapped-operands-f82e84
# swapped-operands-860c9a
