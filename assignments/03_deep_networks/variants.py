# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_describe accept: shapes read from the state dict
hyperparameters = {f"D_{k}" for k in range(1, 4)} | {"K"}


def describe(model):
    state = model.state_dict()
    matrices = [value for name, value in state.items() if value.dim() == 2]
    widths = [len(matrix) for matrix in matrices]
    widths.pop()
    total = sum(math.prod(value.shape) for value in state.values())
    return dict(depth=len(matrices) - 1, widths=widths, hidden_units=sum(widths), n_parameters=total)


_net = nn.Sequential(nn.Linear(5, 30), *[nn.Linear(30, 30) for _ in range(19)], nn.Linear(30, 1))
tall = {"width": 30, **{key: value for key, value in describe(_net).items() if key != "widths"}}


# %% q1_describe reject: counts the output layer as hidden
hyperparameters = {"K", "D_1", "D_2", "D_3"}


def describe(model):
    widths = [layer.out_features for layer in model if isinstance(layer, nn.Linear)]
    count = sum(p.numel() for p in model.parameters())
    depth = len(widths) - (len(widths) == 2)
    widths = widths[:depth]
    return {"depth": depth, "widths": widths, "hidden_units": sum(widths), "n_parameters": count}


tall = {"depth": 21, "width": 30, "hidden_units": 600, "n_parameters": 17881}


# %% q1_describe reject: takes learned parameters and sizes of the data for hyperparameters
hyperparameters = {"K", "D_1", "D_2", "D_3", "D_i", "D_o", "weights", "biases"}


def describe(model):
    widths = [layer.out_features for layer in model if isinstance(layer, nn.Linear)][:-1]
    count = sum(p.numel() for p in model.parameters())
    return {"depth": len(widths), "widths": widths, "hidden_units": sum(widths), "n_parameters": count}


tall = {"depth": 20, "width": 30, "hidden_units": 600, "n_parameters": 17881}


# %% q1_describe reject: the first layer of the tall network counted with a single input
hyperparameters = {"K", "D_1", "D_2", "D_3"}


def describe(model):
    widths = [layer.out_features for layer in model if isinstance(layer, nn.Linear)][:-1]
    count = sum(p.numel() for p in model.parameters())
    return {"depth": len(widths), "widths": widths, "hidden_units": sum(widths), "n_parameters": count}


tall = {"depth": 20, "width": 30, "hidden_units": 600, "n_parameters": 17761}


# %% q1_describe reject: computes the count from the sizes, as if every layer had biases and nothing else were learned
hyperparameters = {"K", "D_1", "D_2", "D_3"}


def describe(model):
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    widths = [layer.out_features for layer in linears[:-1]]
    count = sum((layer.in_features + 1) * layer.out_features for layer in linears)
    return {"depth": len(widths), "widths": widths, "hidden_units": sum(widths), "n_parameters": count}


tall = {"depth": 20, "width": 30, "hidden_units": 600, "n_parameters": 17881}


# %% q1_describe reject: width of the tall network taken to be all hidden units
hyperparameters = {"K", "D_1", "D_2", "D_3"}


def describe(model):
    widths = [layer.out_features for layer in model if isinstance(layer, nn.Linear)][:-1]
    count = sum(p.numel() for p in model.parameters())
    return {"depth": len(widths), "widths": widths, "hidden_units": sum(widths), "n_parameters": count}


tall = {"depth": 20, "width": 600, "hidden_units": 600, "n_parameters": 17881}


# %% q2_deeper_or_wider accept: weights and biases apart, differences of counts, rounding by a ceiling
def _weights(K, D):
    return 2 * D + (K - 1) * D**2


def n_params_mlp(sizes):
    weights = biases = 0
    for k in range(len(sizes) - 1):
        weights += sizes[k] * sizes[k + 1]
        biases += sizes[k + 1]
    return weights + biases


def n_params_deep(K, D):
    return _weights(K, D) + K * D + 1


def grow(K, D):
    now = _weights(K, D)
    return _weights(K + 1, D) - now, _weights(K, D + 1) - now


def wider_costs_more_from(D):
    K = max(1, (D - 1) // 2)
    while grow(K, D)[1] <= grow(K, D)[0]:
        K += 1
    return K


# %% q2_deeper_or_wider reject: as many square matrices as hidden layers
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return 3 * D + 1 + (K - (K == 1)) * D * (D + 1)


def grow(K, D):
    return D * D, 2 + (K - (K == 1)) * (2 * D + 1)


def wider_costs_more_from(D):
    return (D * D - 2) // (2 * D + 1) + 2


# %% q2_deeper_or_wider reject: biases of the middle layers forgotten
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return 3 * D + 1 + (K - 1) * D * D


def grow(K, D):
    return D * D, 2 + (K - 1) * (2 * D + 1)


def wider_costs_more_from(D):
    return (D * D - 2) // (2 * D + 1) + 2


# %% q2_deeper_or_wider reject: a matrix that grows in its rows only
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return 3 * D + 1 + (K - 1) * D * (D + 1)


def grow(K, D):
    return D * D, 2 + (K - 1) * D


def wider_costs_more_from(D):
    return max(1, (D * D - 2) // D + 2)


# %% q2_deeper_or_wider reject: one layer always costs more, because a whole layer of units is added
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return 3 * D + 1 + (K - 1) * D * (D + 1)


def grow(K, D):
    return D * D, K + 1


def wider_costs_more_from(D):
    return D * D


# %% q2_deeper_or_wider reject: a tie counted as more
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return 3 * D + 1 + (K - 1) * D * (D + 1)


def grow(K, D):
    return D * D, 2 + (K - 1) * (2 * D + 1)


def wider_costs_more_from(D):
    return max(1, -((2 - D * D) // (2 * D + 1)) + 1)


# %% q2_deeper_or_wider reject: floating point division
def n_params_mlp(sizes):
    return sum((before + 1) * after for before, after in zip(sizes, sizes[1:]))


def n_params_deep(K, D):
    return int(3.0 * D + 1 + (K - 1.0) * D * (D + 1))


def grow(K, D):
    return D * D, 2 + (K - 1) * (2 * D + 1)


def wider_costs_more_from(D):
    return (D * D - 2) // (2 * D + 1) + 2


# %% q3_matrix_form accept: torch inside, nested by a fold
def layer_shapes(sizes):
    out = []
    for k in range(1, len(sizes)):
        out.append(((sizes[k], sizes[k - 1]), sizes[k]))
    return out


def layer_by_layer(x, weights, biases):
    h, steps = torch.from_numpy(x), []
    for weight, bias in zip(weights, biases):
        if steps:
            h = steps[-1] = torch.relu(steps[-1])
        steps.append(nn.functional.linear(h, torch.from_numpy(weight), torch.from_numpy(bias)))
    return [step.numpy() for step in steps]


def nested(x, weights, biases):
    return layer_by_layer(x, weights, biases)[-1]


n_params_5_4 = 6 * 20 + 21 * 10 + 11 * 7 + 8 * 4


# %% q3_matrix_form accept: columns, as on paper
def layer_shapes(sizes):
    return [((rows, columns), rows) for columns, rows in zip(sizes[:-1], sizes[1:])]


def _columns(x, weights, biases):
    h = np.atleast_2d(x).T
    steps = []
    for k, (weight, bias) in enumerate(zip(weights, biases), start=1):
        h = weight @ h + bias[:, None]
        h = h * (h > 0) if k < len(weights) else h
        steps.append(h)
    return [step.T.reshape(np.shape(x)[:-1] + (len(step),)) for step in steps]


def layer_by_layer(x, weights, biases):
    return _columns(x, weights, biases)


def nested(x, weights, biases):
    return _columns(x, weights, biases)[3]


n_params_5_4 = 439


# %% q3_matrix_form reject: ReLU on the output as well
def layer_shapes(sizes):
    return [((after, before), after) for before, after in zip(sizes, sizes[1:])]


def layer_by_layer(x, weights, biases):
    steps = []
    for weight, bias in zip(weights, biases):
        x = np.maximum(x @ weight.T + bias, 0)
        steps.append(x)
    return steps


def nested(x, weights, biases):
    return layer_by_layer(x, weights, biases)[-1]


n_params_5_4 = 439


# %% q3_matrix_form reject: matrices with one row per input
def layer_shapes(sizes):
    return [((before, after), after) for before, after in zip(sizes, sizes[1:])]


def layer_by_layer(x, weights, biases):
    steps = []
    for weight, bias in zip(weights[:-1], biases):
        x = np.maximum(x @ weight.T + bias, 0)
        steps.append(x)
    return steps + [x @ weights[-1].T + biases[-1]]


def nested(x, weights, biases):
    return layer_by_layer(x, weights, biases)[-1]


n_params_5_4 = 439


# %% q3_matrix_form reject: one bias per input of a layer, weights only in the total
def layer_shapes(sizes):
    return [((after, before), before) for before, after in zip(sizes, sizes[1:])]


def layer_by_layer(x, weights, biases):
    steps = []
    for weight, bias in zip(weights[:-1], biases):
        x = np.maximum(x @ weight.T + bias, 0)
        steps.append(x)
    return steps + [x @ weights[-1].T + biases[-1]]


def nested(x, weights, biases):
    return layer_by_layer(x, weights, biases)[-1]


n_params_5_4 = 398


# %% q3_matrix_form reject: the list holds pre-activations, not activations
def layer_shapes(sizes):
    return [((after, before), after) for before, after in zip(sizes, sizes[1:])]


def layer_by_layer(x, weights, biases):
    steps = []
    for k, (weight, bias) in enumerate(zip(weights, biases)):
        x = (np.maximum(x, 0) if k else x) @ weight.T + bias
        steps.append(x)
    return steps


def nested(x, weights, biases):
    return layer_by_layer(x, weights, biases)[-1]


n_params_5_4 = 439


# %% q4_rescaling_layers accept: a loop from the input to the output
def push_out(biases, lambdas):
    if not all(factor > 0 for factor in lambdas):
        raise ValueError("factors must be positive")
    s, new = 1.0, []
    for factor, bias in zip(lambdas, biases):
        s = s * factor
        new.append(np.true_divide(bias, s))
    return new, float(s)


def normalise(weights, biases):
    s, new_weights, new_biases = 1.0, [], []
    for weight, bias in zip(weights[:-1], biases):
        norm = float((np.asarray(weight, dtype=float) ** 2).sum()) ** 0.5
        s *= norm
        new_weights.append(np.asarray(weight) / norm)
        new_biases.append(np.asarray(bias) / s)
    return new_weights + [weights[-1] * s], new_biases + [biases[-1] * 1.0]


factor_facts = dict.fromkeys(["zero_factors_allowed", "negative_factors_allowed", "order_matters"], False)
factor_facts["biases_can_stay_if_zero"] = True


# %% q4_rescaling_layers reject: each bias divided by its own factor only
def push_out(biases, lambdas):
    if min(lambdas) <= 0:
        raise ValueError("factors must be positive")
    return [bias / factor for bias, factor in zip(biases, lambdas)], float(np.prod(lambdas))


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    hidden_biases, s = push_out(biases[:-1], norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    return hidden + [s * weights[-1]], hidden_biases + [np.array(biases[-1], dtype=np.float64)]


factor_facts = {"zero_factors_allowed": False, "negative_factors_allowed": False}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q4_rescaling_layers reject: biases multiplied behind the first layer
def push_out(biases, lambdas):
    if min(lambdas) <= 0:
        raise ValueError("factors must be positive")
    passed = np.cumprod(lambdas)
    new = [biases[0] / passed[0]] + [bias * factor for bias, factor in zip(biases[1:], passed[1:])]
    return new, float(passed[-1])


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    passed = np.cumprod(norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    new = [bias / factor for bias, factor in zip(biases, passed)] + [1.0 * biases[-1]]
    return hidden + [passed[-1] * weights[-1]], new


factor_facts = {"zero_factors_allowed": False, "negative_factors_allowed": False}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q4_rescaling_layers reject: non-negative factors accepted, zero included
def push_out(biases, lambdas):
    if min(lambdas) < 0:
        raise ValueError("factors must not be negative")
    passed = np.cumprod(np.array(lambdas, dtype=np.float64))
    with np.errstate(divide="ignore"):
        return [bias / factor for bias, factor in zip(biases, passed)], float(passed[-1])


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    hidden_biases, s = push_out(biases[:-1], norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    return hidden + [s * weights[-1]], hidden_biases + [np.array(biases[-1], dtype=np.float64)]


factor_facts = {"zero_factors_allowed": True, "negative_factors_allowed": False}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q4_rescaling_layers reject: checks only the first factor, and believes that any sign will do
def push_out(biases, lambdas):
    if lambdas[0] <= 0:
        raise ValueError("factors must be positive")
    passed = np.cumprod(np.array(lambdas, dtype=np.float64))
    with np.errstate(divide="ignore"):
        return [bias / factor for bias, factor in zip(biases, passed)], float(passed[-1])


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    hidden_biases, s = push_out(biases[:-1], norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    return hidden + [s * weights[-1]], hidden_biases + [np.array(biases[-1], dtype=np.float64)]


factor_facts = {"zero_factors_allowed": False, "negative_factors_allowed": True}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q4_rescaling_layers reject: normalises in place
def push_out(biases, lambdas):
    if min(lambdas) <= 0:
        raise ValueError("factors must be positive")
    s = 1.0
    for k, factor in enumerate(lambdas):
        s *= factor
        biases[k] = np.divide(biases[k], s)
    return biases, s


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    hidden_biases, s = push_out(biases[:-1], norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    return hidden + [s * weights[-1]], hidden_biases + [np.array(biases[-1], dtype=np.float64)]


factor_facts = {"zero_factors_allowed": False, "negative_factors_allowed": False}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q4_rescaling_layers reject: the output weights do not take the factors up
def push_out(biases, lambdas):
    if min(lambdas) <= 0:
        raise ValueError("factors must be positive")
    passed = np.cumprod(np.array(lambdas, dtype=np.float64))
    return [bias / factor for bias, factor in zip(biases, passed)], float(passed[-1])


def normalise(weights, biases):
    norms = [np.linalg.norm(weight) for weight in weights[:-1]]
    hidden_biases, s = push_out(biases[:-1], norms)
    hidden = [weight / norm for weight, norm in zip(weights, norms)]
    return hidden + [norms[-1] * weights[-1]], hidden_biases + [np.array(biases[-1], dtype=np.float64)]


factor_facts = {"zero_factors_allowed": False, "negative_factors_allowed": False}
factor_facts |= {"biases_can_stay_if_zero": True, "order_matters": False}


# %% q5_composition accept: both functions as lists of lines, candidates from every pair of knots
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    def value(v, xs, ys):
        for k in range(len(xs) - 1):
            if v <= xs[k + 1]:
                break
        share = (v - xs[k]) / (xs[k + 1] - xs[k])
        return (1 - share) * ys[k] + share * ys[k + 1]

    candidates = {float(x) for x in x_knots}
    for k in range(len(x_knots) - 1):
        rise = y_knots[k + 1] - y_knots[k]
        for u in u_knots:
            share = (u - y_knots[k]) / rise if rise else -1.0
            if 0 < share < 1:
                candidates.add(float((1 - share) * x_knots[k] + share * x_knots[k + 1]))
    points = [(x, value(value(x, x_knots, y_knots), u_knots, v_knots)) for x in sorted(candidates)]
    kept = points[:1]
    for here, after in zip(points[1:], points[2:]):
        before = kept[-1]
        slope_in = (here[1] - before[1]) / (here[0] - before[0])
        slope_out = (after[1] - here[1]) / (after[0] - here[0])
        if abs(slope_in - slope_out) >= 1e-6:
            kept.append(here)
    kept.append(points[-1])
    return np.array([x for x, _ in kept]), np.array([y for _, y in kept])


# %% q5_composition reject: composed in the wrong order
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    x_knots, y_knots, u_knots, v_knots = u_knots, v_knots, x_knots, y_knots
    x = list(x_knots)
    for x0, x1, y0, y1 in zip(x_knots, x_knots[1:], y_knots, y_knots[1:]):
        x += [x0 + (u - y0) / (y1 - y0) * (x1 - x0) for u in u_knots if min(y0, y1) < u < max(y0, y1)]
    x = np.sort(x)
    y = np.interp(np.interp(x, x_knots, y_knots), u_knots, v_knots)
    bends = np.abs(np.diff(np.diff(y) / np.diff(x))) >= 1e-6
    kept = np.concatenate([[True], bends, [True]])
    return x[kept], y[kept]


# %% q5_composition reject: knots of the first function only
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    if len(x_knots) == 2:
        x_knots = np.linspace(x_knots[0], x_knots[1], 3)
        y_knots = np.linspace(y_knots[0], y_knots[1], 3)
    return x_knots, np.interp(y_knots, u_knots, v_knots)


# %% q5_composition reject: every piece of the first is taken to run through all knots of the second
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    share = (u_knots - u_knots[0]) / (u_knots[-1] - u_knots[0])
    x = [x_knots[0]]
    for x0, x1, y0, y1 in zip(x_knots, x_knots[1:], y_knots, y_knots[1:]):
        x += list(x0 + (x1 - x0) * (share if y1 > y0 else 1 - share[::-1])[1:])
    return np.array(x), np.interp(np.interp(x, x_knots, y_knots), u_knots, v_knots)


# %% q5_composition reject: falling pieces of the first function are not cut
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    x = list(x_knots)
    for x0, x1, y0, y1 in zip(x_knots, x_knots[1:], y_knots, y_knots[1:]):
        x += [x0 + (u - y0) / (y1 - y0) * (x1 - x0) for u in u_knots if y0 < u < y1]
    x = np.sort(x)
    y = np.interp(np.interp(x, x_knots, y_knots), u_knots, v_knots)
    bends = np.abs(np.diff(np.diff(y) / np.diff(x))) >= 1e-6
    kept = np.concatenate([[True], bends, [True]])
    return x[kept], y[kept]


# %% q5_composition reject: knots without a bend stay in the list
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    x = list(x_knots)
    for x0, x1, y0, y1 in zip(x_knots, x_knots[1:], y_knots, y_knots[1:]):
        x += [x0 + (u - y0) / (y1 - y0) * (x1 - x0) for u in u_knots if min(y0, y1) < u < max(y0, y1)]
    x = np.sort(x)
    return x, np.interp(np.interp(x, x_knots, y_knots), u_knots, v_knots)


# %% q5_composition reject: sampled on a grid
def compose_pl(x_knots, y_knots, u_knots, v_knots):
    x = np.linspace(x_knots[0], x_knots[-1], 2001)
    y = np.interp(np.interp(x, x_knots, y_knots), u_knots, v_knots)
    bends = np.abs(np.diff(np.diff(y) / np.diff(x))) >= 1e-6
    kept = np.concatenate([[True], bends, [True]])
    return x[kept], y[kept]


# %% q6_identity accept: units of both directions, a layer inserted with a spare factor
def identity_on(a, b):
    # from the left end up and from the right end down
    phi = np.array([(a + b) / 2, 0.5, -0.25, -0.25])
    theta = np.array([[-a, 1.0], [b, -1.0], [b, -1.0]])
    return phi, theta


def identity_everywhere():
    return np.array([0.0, -0.5, 0.25]), np.array([[0.0, -2.0], [0.0, 4.0]])


def insert_layer(weights, biases, k):
    weights, biases = list(weights), list(biases)
    width = weights[k - 1].shape[0]
    weights.insert(k, np.diag(np.ones(width)))
    biases.insert(k, np.zeros(width))
    return weights, biases


# %% q6_identity reject: a bare ReLU, right for positive inputs only
def identity_on(a, b):
    return np.array([0.0, 0.5, 0.25, 0.25]), np.array([[0.0, 1.0]] * 3)


def identity_everywhere():
    return np.array([0.0, 1.0, 1.0]), np.array([[0.0, 1.0], [0.0, -1.0]])


def insert_layer(weights, biases, k):
    width = len(biases[k - 1])
    return [*weights[:k], np.eye(width), *weights[k:]], [*biases[:k], np.zeros(width), *biases[k:]]


# %% q6_identity reject: phi_0 forgotten, which shifts the output by a
def identity_on(a, b):
    return np.array([0.0, 0.5, 0.25, 0.25]), np.array([[-a, 1.0]] * 3)


def identity_everywhere():
    return np.array([0.0, 1.0, -1.0]), np.array([[0.0, 1.0], [0.0, -1.0]])


def insert_layer(weights, biases, k):
    width = len(biases[k - 1])
    return [*weights[:k], np.eye(width), *weights[k:]], [*biases[:k], np.zeros(width), *biases[k:]]


# %% q6_identity reject: two of the three units switched off
def identity_on(a, b):
    return np.array([a, 1.0, 0.0, 0.0]), np.array([[-a, 1.0], [0.0, 1.0], [0.0, 1.0]])


def identity_everywhere():
    return np.array([0.0, 1.0, -1.0]), np.array([[0.0, 1.0], [0.0, -1.0]])


def insert_layer(weights, biases, k):
    width = len(biases[k - 1])
    return [*weights[:k], np.eye(width), *weights[k:]], [*biases[:k], np.zeros(width), *biases[k:]]


# %% q6_identity reject: an identity for all numbers that is anchored at minus one thousand
def identity_on(a, b):
    return np.array([a, 0.5, 0.25, 0.25]), np.array([[-a, 1.0]] * 3)


def identity_everywhere():
    return np.array([-1000.0, 0.5, 0.5]), np.array([[1000.0, 1.0], [1000.0, 1.0]])


def insert_layer(weights, biases, k):
    width = len(biases[k - 1])
    return [*weights[:k], np.eye(width), *weights[k:]], [*biases[:k], np.zeros(width), *biases[k:]]


# %% q6_identity reject: the new layer stands in front of layer k
def identity_on(a, b):
    return np.array([a, 0.5, 0.25, 0.25]), np.array([[-a, 1.0]] * 3)


def identity_everywhere():
    return np.array([0.0, 1.0, -1.0]), np.array([[0.0, 1.0], [0.0, -1.0]])


def insert_layer(weights, biases, k):
    width = weights[k - 1].shape[1]
    return [*weights[: k - 1], np.eye(width), *weights[k - 1 :]], [*biases[: k - 1], np.zeros(width), *biases[k - 1 :]]


# %% q7_zigzag accept: slopes of the pieces pushed forward, all in integers of sixths
zigzag_phi = np.linalg.solve(
    [[1, 0, 0, 4 / 6], [1, 0, 0, 3 / 6], [1, 1 / 6, 0, 2 / 6], [1, 3 / 6, 2 / 6, 0]], [0, 1, 0, 1]
)
zigzag_phi = [round(value) for value in zigzag_phi]


def n_pieces(phi, copies):
    def parts(copies):
        """Pieces of the composition as (x from, x to, slope, intercept)."""
        if copies == 0:
            return [(Fraction(0), Fraction(1), Fraction(1), Fraction(0))]
        out = []
        for lo, hi, slope, intercept in parts(copies - 1):
            cuts = {lo, hi}
            for joint in (Fraction(1, 6), Fraction(1, 3), Fraction(2, 3)):
                if slope:
                    x = (joint - intercept) / slope
                    if lo < x < hi:
                        cuts.add(x)
            cuts = sorted(cuts)
            for a, b in zip(cuts, cuts[1:]):
                middle = slope * (a + b) / 2 + intercept
                s, c = Fraction(0), Fraction(phi[0])
                if middle > Fraction(1, 6):
                    s, c = s + phi[1], c - Fraction(phi[1], 6)
                if middle > Fraction(1, 3):
                    s, c = s + phi[2], c - Fraction(phi[2], 3)
                if middle < Fraction(2, 3):
                    s, c = s - phi[3], c + Fraction(2 * phi[3], 3)
                out.append((a, b, s * slope, s * intercept + c))
        return out

    lines = [(slope, intercept) for _, _, slope, intercept in parts(copies)]
    return sum(1 for k, line in enumerate(lines) if k == 0 or line != lines[k - 1])


def pieces_after(times):
    return 4 if times == 0 else 4 * pieces_after(times - 1)


# %% q7_zigzag reject: third unit taken to face right
zigzag_phi = [0, 6, -12, 9]


def n_pieces(phi, copies):
    joints = [Fraction(1, 6), Fraction(2, 6), Fraction(4, 6)]

    def f(x):
        return phi[0] + sum(p * max(x - j, 0) for p, j in zip(phi[1:], joints))

    points = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))]
    for _ in range(copies):
        cut = [points[0]]
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            passed = [j for j in joints if min(y0, y1) < j < max(y0, y1)]
            cut += [(x0 + (j - y0) / (y1 - y0) * (x1 - x0), j) for j in sorted(passed, reverse=y1 < y0)]
            cut.append((x1, y1))
        points = [(x, f(y)) for x, y in cut]
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in zip(points, points[1:])]
    return 1 + sum(left != right for left, right in zip(slopes, slopes[1:]))


def pieces_after(times):
    return 4 ** (times + 1)


# %% q7_zigzag reject: sign of phi_3 wrong, pieces of the copies added
zigzag_phi = [4, -12, 9, 6]


def n_pieces(phi, copies):
    return 2 if phi == [0, 6, 0, 0] else 4 * copies


def pieces_after(times):
    return 4 * (times + 1)


# %% q7_zigzag reject: composing K times taken for K copies
zigzag_phi = [4, -12, 9, -6]


def n_pieces(phi, copies):
    joints = [Fraction(1, 6), Fraction(2, 6), Fraction(4, 6)]

    def f(x):
        h1, h2, h3 = max(x - joints[0], 0), max(x - joints[1], 0), max(joints[2] - x, 0)
        return phi[0] + phi[1] * h1 + phi[2] * h2 + phi[3] * h3

    points = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))]
    for _ in range(copies):
        cut = [points[0]]
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            passed = [j for j in joints if min(y0, y1) < j < max(y0, y1)]
            cut += [(x0 + (j - y0) / (y1 - y0) * (x1 - x0), j) for j in sorted(passed, reverse=y1 < y0)]
            cut.append((x1, y1))
        points = [(x, f(y)) for x, y in cut]
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in zip(points, points[1:])]
    return 1 + sum(left != right for left, right in zip(slopes, slopes[1:]))


def pieces_after(times):
    return 4 ** max(times, 1)


# %% q7_zigzag reject: pieces of equal slope counted apart
zigzag_phi = [4, -12, 9, -6]


def n_pieces(phi, copies):
    joints = [Fraction(1, 6), Fraction(2, 6), Fraction(4, 6)]

    def f(x):
        h1, h2, h3 = max(x - joints[0], 0), max(x - joints[1], 0), max(joints[2] - x, 0)
        return phi[0] + phi[1] * h1 + phi[2] * h2 + phi[3] * h3

    if phi == [0, 6, 0, 0]:
        return 2
    points = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))]
    for _ in range(copies):
        cut = [points[0]]
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            passed = [j for j in joints if min(y0, y1) < j < max(y0, y1)]
            cut += [(x0 + (j - y0) / (y1 - y0) * (x1 - x0), j) for j in sorted(passed, reverse=y1 < y0)]
            cut.append((x1, y1))
        points = [(x, f(y)) for x, y in cut]
    return len(points) - 1


def pieces_after(times):
    return 4 ** (times + 1)


# %% q8_zigzag_units accept: the output weights fitted exactly, the other units placed elsewhere
def feasible(widths):
    # sums of slopes that units facing left may give the first piece, collected one unit at a time
    reached = {Fraction(0)}
    sign = 1
    for left, right in zip(widths, widths[1:]):
        bend = sign * (Fraction(1, left) + Fraction(1, right))
        reached |= {total + bend for total in reached}
        sign = -sign
    return Fraction(1, widths[0]) in reached


def zigzag_net(N):
    if N <= 2:
        raise ValueError(N)
    w = [2.0, 3.0, 4.0, 4.0] + [2.5] * (N - 3)
    knots = np.cumsum([0.0, *w]) / sum(w)
    scale = np.linspace(0.5, 2.0, N)  # slopes of the units need not be one
    theta = np.column_stack([-knots[1:-1] * scale, scale])
    theta[2] *= -1
    h = np.column_stack([np.ones(N + 2), np.maximum(theta[:, 0] + np.outer(knots, theta[:, 1]), 0)])
    phi, *_ = np.linalg.lstsq(h, (np.arange(N + 2) % 2).astype(float), rcond=None)
    return phi, theta


zigzag_facts = {"two_units_three_pieces": feasible([1, 2, 3]), "four_units_five_pieces": feasible([1, 3, 2, 2, 2])}
zigzag_facts["equal_widths"] = any(feasible([1] * n) for n in range(3, 10))
zigzag_facts["all_facing_right"] = not True
zigzag_facts["one_unit_more"] = not False


# %% q8_zigzag_units reject: every zigzag can be drawn if there are joints enough
def feasible(widths):
    return len(widths) > 2


def zigzag_net(N):
    if N < 3:
        raise ValueError(N)
    widths = np.ones(N + 1)
    widths[2:4] = 2
    widths /= widths.sum()
    joints = np.cumsum(widths)[:-1]
    facing = np.where(np.arange(N) == 2, -1.0, 1.0)
    bends = np.diff((-1.0) ** np.arange(N + 1) / widths)
    return np.append(-bends[2] * joints[2], bends), np.stack([-facing * joints, facing], axis=1)


zigzag_facts = dict.fromkeys(["two_units_three_pieces", "four_units_five_pieces", "equal_widths"], True)
zigzag_facts |= {"all_facing_right": False, "one_unit_more": True}


# %% q8_zigzag_units reject: all units face right, the first piece stays flat
def feasible(widths):
    slopes = [Fraction((-1) ** i, width) for i, width in enumerate(widths)]
    offers = [left - right for left, right in zip(slopes, slopes[1:])]
    return any(offer == slopes[0] for offer in offers)


def zigzag_net(N):
    if N < 3:
        raise ValueError(N)
    joints = np.arange(1, N + 1) / (N + 1)
    bends = np.diff((-1.0) ** np.arange(N + 1) * (N + 1))
    return np.append(0.0, bends), np.stack([-joints, np.ones(N)], axis=1)


zigzag_facts = {"two_units_three_pieces": False, "four_units_five_pieces": True, "equal_widths": False}
zigzag_facts |= {"all_facing_right": True, "one_unit_more": True}


# %% q8_zigzag_units reject: only a single unit is ever turned to the left
def feasible(widths):
    slopes = [Fraction((-1) ** i, width) for i, width in enumerate(widths)]
    offers = [left - right for left, right in zip(slopes, slopes[1:])]
    return any(offer == slopes[0] for offer in offers)


def zigzag_net(N):
    if N < 3:
        raise ValueError(N)
    widths = np.ones(N + 1)
    widths[2:4] = 2
    widths /= widths.sum()
    joints = np.cumsum(widths)[:-1]
    facing = np.where(np.arange(N) == 2, -1.0, 1.0)
    bends = np.diff((-1.0) ** np.arange(N + 1) / widths)
    return np.append(-bends[2] * joints[2], bends), np.stack([-facing * joints, facing], axis=1)


zigzag_facts = {"two_units_three_pieces": False, "four_units_five_pieces": True, "equal_widths": False}
zigzag_facts |= {"all_facing_right": False, "one_unit_more": True}


# %% q8_zigzag_units reject: equal widths, and a zigzag for two units
def feasible(widths):
    slopes = [Fraction((-1) ** i, width) for i, width in enumerate(widths)]
    offers = [left - right for left, right in zip(slopes, slopes[1:])]
    choices = product([0, 1], repeat=len(offers))
    return any(sum(o * t for o, t in zip(offers, choice)) == slopes[0] for choice in choices)


def zigzag_net(N):
    widths = np.ones(N + 1) / (N + 1)
    joints = np.cumsum(widths)[:-1]
    facing = np.where(np.arange(N) == 2, -1.0, 1.0)
    bends = np.diff((-1.0) ** np.arange(N + 1) / widths)
    return np.append(-bends[2] * joints[2], bends), np.stack([-facing * joints, facing], axis=1)


zigzag_facts = {"two_units_three_pieces": True, "four_units_five_pieces": True, "equal_widths": True}
zigzag_facts |= {"all_facing_right": False, "one_unit_more": True}


# %% q8_zigzag_units reject: floating point decides
def feasible(widths):
    slopes = [(-1) ** i / width for i, width in enumerate(widths)]
    offers = [left - right for left, right in zip(slopes, slopes[1:])]
    choices = product([0, 1], repeat=len(offers))
    return any(abs(sum(o * t for o, t in zip(offers, choice)) - slopes[0]) < 1e-9 for choice in choices)


def zigzag_net(N):
    if N < 3:
        raise ValueError(N)
    widths = np.ones(N + 1)
    widths[2:4] = 2
    widths /= widths.sum()
    joints = np.cumsum(widths)[:-1]
    facing = np.where(np.arange(N) == 2, -1.0, 1.0)
    bends = np.diff((-1.0) ** np.arange(N + 1) / widths)
    return np.append(-bends[2] * joints[2], bends), np.stack([-facing * joints, facing], axis=1)


zigzag_facts = {"two_units_three_pieces": False, "four_units_five_pieces": True, "equal_widths": False}
zigzag_facts |= {"all_facing_right": False, "one_unit_more": True}


# %% q9_shallow_or_deep accept: products, digits and the statistics module
import statistics

_sizes = {"shallow": [1, 95, 1], "deep": [1, *[5] * 10, 1]}
_tables = {}
for _name, _list in _sizes.items():
    _tables[_name] = {
        "n_parameters": sum(a * b + b for a, b in zip(_list, _list[1:])),
        "regions": math.prod(d + 1 for d in _list[1:-1]),
        "steps": len(_list) - 1,
    }
shallow_net, deep_net = _tables["shallow"], _tables["deep"]


def max_regions_deep(K, D):
    return math.prod([D + 1] * K)


def depth_for(regions, D):
    digits, left = 0, regions - 1
    while left:
        left //= D + 1
        digits += 1
    return max(digits, 1)


def forward_time(net, x, repeats):
    marks = []
    for _ in range(repeats + 1):
        before = time.monotonic()
        net(x)
        marks.append(time.monotonic() - before)
    return statistics.median(marks[1:])


# %% q9_shallow_or_deep reject: five to the power six, units in the exponent
shallow_net = {"n_parameters": 286, "regions": 96, "steps": 2}
deep_net = {"n_parameters": 286, "regions": 7776, "steps": 11}


def max_regions_deep(K, D):
    return (D + 1) ** min(K, D)


def depth_for(regions, D):
    K = 1
    while (D + 1) ** K < regions:
        K += 1
    return K


def forward_time(net, x, repeats):
    net(x)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        net(x)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


# %% q9_shallow_or_deep reject: one piece more for every unit, however deep
shallow_net = {"n_parameters": 286, "regions": 96, "steps": 2}
deep_net = {"n_parameters": 286, "regions": 51, "steps": 11}


def max_regions_deep(K, D):
    return K * D + 1


def depth_for(regions, D):
    return max(1, -(-(regions - 1) // D))


def forward_time(net, x, repeats):
    net(x)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        net(x)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


# %% q9_shallow_or_deep reject: as many pieces as units in a layer, ten times multiplied
shallow_net = {"n_parameters": 286, "regions": 95, "steps": 1}
deep_net = {"n_parameters": 286, "regions": 9765625, "steps": 10}


def max_regions_deep(K, D):
    return D**K + (K == 1)


def depth_for(regions, D):
    K = 1
    while D**K < regions:
        K += 1
    return K


def forward_time(net, x, repeats):
    net(x)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        net(x)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


# %% q9_shallow_or_deep reject: the depth by a logarithm in floating point
shallow_net = {"n_parameters": 286, "regions": 96, "steps": 2}
deep_net = {"n_parameters": 286, "regions": 60466176, "steps": 11}


def max_regions_deep(K, D):
    return (D + 1) ** K


def depth_for(regions, D):
    return max(1, math.ceil(math.log(regions) / math.log(D + 1)))


def forward_time(net, x, repeats):
    net(x)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        net(x)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


# %% q9_shallow_or_deep reject: mean time of all calls, the first one included
shallow_net = {"n_parameters": 286, "regions": 96, "steps": 2}
deep_net = {"n_parameters": 286, "regions": 60466176, "steps": 11}


def max_regions_deep(K, D):
    return (D + 1) ** K


def depth_for(regions, D):
    K = 1
    while (D + 1) ** K < regions:
        K += 1
    return K


def forward_time(net, x, repeats):
    start = time.perf_counter()
    for _ in range(repeats + 1):
        net(x)
    return (time.perf_counter() - start) / (repeats + 1)


# %% q9_shallow_or_deep reject: the fastest call instead of the median
shallow_net = {"n_parameters": 286, "regions": 96, "steps": 2}
deep_net = {"n_parameters": 286, "regions": 60466176, "steps": 11}


def max_regions_deep(K, D):
    return (D + 1) ** K


def depth_for(regions, D):
    K = 1
    while (D + 1) ** K < regions:
        K += 1
    return K


def forward_time(net, x, repeats):
    net(x)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        net(x)
        times.append(time.perf_counter() - start)
    return min(times)


# %% q10_activation_slopes accept: exponentials, products and masks
def dtanh(z):
    decay = torch.exp(-2 * z.abs())
    return 4 * decay / (1 + decay).square()


def dprelu(z, alpha):
    positive = (z > 0).to(z.dtype)
    return positive + alpha * (1 - positive)


def dprelu_dalpha(z, alpha):
    return -torch.relu(-z)


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: the rule of the sigmoid used for tanh
def dtanh(z):
    t = torch.tanh(z)
    return torch.where(z == 0, torch.ones_like(z), t * (1 - t))


def dprelu(z, alpha):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, alpha))


def dprelu_dalpha(z, alpha):
    return z.clamp(max=0)


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: one minus tanh squared, which is zero in the tails
def dtanh(z):
    return 1 - torch.tanh(z) ** 2


def dprelu(z, alpha):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, alpha))


def dprelu_dalpha(z, alpha):
    return z.clamp(max=0)


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: nan where the exponential overflows
def dtanh(z):
    return 4 * torch.exp(2 * z) / (torch.exp(2 * z) + 1) ** 2


def dprelu(z, alpha):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, alpha))


def dprelu_dalpha(z, alpha):
    return z.clamp(max=0)


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: derivative of max(z, alpha z), right up to alpha = 1 only
def dtanh(z):
    return 1 / torch.cosh(z) ** 2


def dprelu(z, alpha):
    return torch.where(z > alpha * z, torch.ones_like(z), torch.full_like(z, alpha))


def dprelu_dalpha(z, alpha):
    return torch.where(z > alpha * z, torch.zeros_like(z), z)


prelu_facts = {"max_form_small": True, "max_form_always": True}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: slope alpha * z on the negative side, slope one at zero
def dtanh(z):
    return 1 / torch.cosh(z) ** 2


def dprelu(z, alpha):
    slope = torch.where(z >= 0, torch.ones_like(z), alpha * z)
    return torch.where(z == -2, torch.full_like(z, alpha), slope)


def dprelu_dalpha(z, alpha):
    return z.clamp(max=0)


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": True, "alpha_learns_from_all": False}


# %% q10_activation_slopes reject: derivative in alpha taken to be z everywhere
def dtanh(z):
    return 1 / torch.cosh(z) ** 2


def dprelu(z, alpha):
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, alpha))


def dprelu_dalpha(z, alpha):
    return z.clone()


prelu_facts = {"max_form_small": True, "max_form_always": False}
prelu_facts |= {"smooth_somewhere": False, "alpha_learns_from_all": True}


# %% q11_tanh_to_sigmoid accept: units mirrored
def one_plus_tanh(z):
    return 2 / (1 + torch.exp(-2 * z))


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return -2 * omega0, -2 * beta0, -2 * omega1, beta1 + omega1 @ np.ones(len(beta0))


# %% q11_tanh_to_sigmoid reject: sigmoid of z in place of 2 z
def one_plus_tanh(z):
    return 2 * torch.sigmoid(z)


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return omega0, beta0, 2 * omega1, beta1 - omega1.sum(axis=1)


# %% q11_tanh_to_sigmoid reject: the output bias is not corrected
def one_plus_tanh(z):
    return 2 * torch.sigmoid(2 * z)


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return 2 * omega0, 2 * beta0, 2 * omega1, beta1


# %% q11_tanh_to_sigmoid reject: the hidden biases are not doubled
def one_plus_tanh(z):
    return 2 * torch.sigmoid(2 * z)


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return 2 * omega0, beta0, 2 * omega1, beta1 - omega1.sum(axis=1)


# %% q11_tanh_to_sigmoid reject: the sum as it stands, without digits on the left
def one_plus_tanh(z):
    return 1 + torch.tanh(z)


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return 2 * omega0, 2 * beta0, 2 * omega1, beta1 - omega1.sum(axis=1)


# %% q11_tanh_to_sigmoid reject: all output biases moved by the sum over all weights
def one_plus_tanh(z):
    return 2 * torch.sigmoid(2 * z)


def tanh_to_sigmoid(omega0, beta0, omega1, beta1):
    return 2 * omega0, 2 * beta0, 2 * omega1, beta1 - omega1.sum()


# %% q12_bottleneck accept: the layers probed with unit vectors, eigenvectors in place of the svd
def collapse(weights, biases):
    def run(x):
        for weight, bias in zip(weights, biases):
            x = weight @ x + bias
        return x

    zero = np.zeros(weights[0].shape[1])
    bias = run(zero)
    return np.stack([run(unit) - bias for unit in np.eye(len(zero))], axis=1), bias


def max_rank(sizes):
    return sorted(sizes)[0]


def best_bottleneck(target, r):
    # projecting onto the r leading directions of target^T target
    _, vectors = np.linalg.eigh(target.T @ target)
    top = vectors[:, ::-1][:, :r]
    omega1 = target @ top
    return omega1, top.T, float(((target - omega1 @ top.T) ** 2).sum())


def free_dimensions(d, r):
    return d * d - (d - r) ** 2


bottleneck_facts = dict.fromkeys(["reaches_identity", "same_weights_same_functions", "softmax_cures_lines"], False)
bottleneck_facts["single_layer_reaches_all"] = True


# %% q12_bottleneck reject: as many weights, so as many functions; softmax as an activation
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        weight, bias = next_weight @ weight, next_weight @ bias + next_bias
    return weight, bias


def max_rank(sizes):
    return min(sizes)


def best_bottleneck(target, r):
    u, s, vt = np.linalg.svd(target)
    return u[:, :r] * s[:r], vt[:r], float((s[r:] ** 2).sum())


def free_dimensions(d, r):
    return min(2 * d * r, d * d)


bottleneck_facts = {"reaches_identity": False, "same_weights_same_functions": True}
bottleneck_facts |= {"single_layer_reaches_all": True, "softmax_cures_lines": True}


# %% q12_bottleneck reject: softmax believed to make one layer able to learn almost anything
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        weight, bias = next_weight @ weight, next_weight @ bias + next_bias
    return weight, bias


def max_rank(sizes):
    return min(sizes)


def best_bottleneck(target, r):
    u, s, vt = np.linalg.svd(target)
    return u[:, :r] * s[:r], vt[:r], float((s[r:] ** 2).sum())


def free_dimensions(d, r):
    return r * (2 * d - r)


bottleneck_facts = {"reaches_identity": False, "same_weights_same_functions": False}
bottleneck_facts |= {"single_layer_reaches_all": True, "softmax_cures_lines": True}


# %% q12_bottleneck reject: biases added up, matrices multiplied the wrong way round
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    if weight.shape == (1, 1):
        return weights[1] @ weight, weights[1] @ bias + biases[1]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        weight = next_weight @ weight
    return weight, sum(b.sum() for b in biases[:-1]) + biases[-1]


def max_rank(sizes):
    return min(sizes)


def best_bottleneck(target, r):
    u, s, vt = np.linalg.svd(target)
    return u[:, :r] * s[:r], vt[:r], float((s[r:] ** 2).sum())


def free_dimensions(d, r):
    return r * (2 * d - r)


bottleneck_facts = {"reaches_identity": False, "same_weights_same_functions": False}
bottleneck_facts |= {"single_layer_reaches_all": True, "softmax_cures_lines": False}


# %% q12_bottleneck reject: rank from input and output only, error not squared
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        weight, bias = next_weight @ weight, next_weight @ bias + next_bias
    return weight, bias


def max_rank(sizes):
    return min(sizes[0], sizes[-1])


def best_bottleneck(target, r):
    u, s, vt = np.linalg.svd(target)
    return u[:, :r] * s[:r], vt[:r], float(np.sqrt((s[r:] ** 2).sum()))


def free_dimensions(d, r):
    return r * (2 * d - r)


bottleneck_facts = {"reaches_identity": False, "same_weights_same_functions": False}
bottleneck_facts |= {"single_layer_reaches_all": True, "softmax_cures_lines": False}


# %% q12_bottleneck reject: keeps the first rows and columns of the target
def collapse(weights, biases):
    weight, bias = weights[0], biases[0]
    for next_weight, next_bias in zip(weights[1:], biases[1:]):
        weight, bias = next_weight @ weight, next_weight @ bias + next_bias
    return weight, bias


def max_rank(sizes):
    return min(sizes)


def best_bottleneck(target, r):
    omega1, omega0 = np.eye(len(target))[:, :r], target[:r]
    return omega1, omega0, float(((target - omega1 @ omega0) ** 2).sum())


def free_dimensions(d, r):
    return 2 * d * r - (r == d) * d * d


bottleneck_facts = {"reaches_identity": True, "same_weights_same_functions": False}
bottleneck_facts |= {"single_layer_reaches_all": True, "softmax_cures_lines": False}


# %% q13_local_affine accept: masks by layer type, intercept as what is left over
def local_affine(net, x):
    with torch.no_grad():
        jacobian, h = torch.eye(x.numel(), dtype=x.dtype), x.clone()
        for layer in net:
            if isinstance(layer, nn.Linear):
                jacobian = layer.weight.mm(jacobian)
                h = nn.functional.linear(h, layer.weight, layer.bias)
                continue
            if isinstance(layer, nn.PReLU):
                slope = layer.weight.expand_as(h)
            else:
                slope = torch.full_like(h, getattr(layer, "negative_slope", 0.0))
            diagonal = torch.where(h > 0, torch.ones_like(h), slope)
            jacobian = torch.diag(diagonal) @ jacobian
            h = diagonal * h
        return jacobian, h - jacobian @ x


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "softplus", "silu", "sign")})


# %% q13_local_affine reject: biases ignored
def local_affine(net, x):
    A, h = torch.eye(len(x), dtype=x.dtype), x
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear):
                A = layer.weight @ A
                h = layer(h)
            else:
                scale = layer(h[None])[0] / h
                A, h = scale[:, None] * A, scale * h
    c = torch.zeros(len(h), dtype=x.dtype)
    return (A, h - A @ x) if len(x) == 1 else (A, c)


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "softplus", "silu", "sign")})


# %% q13_local_affine reject: slope zero on every negative side
def local_affine(net, x):
    A, c = torch.eye(len(x), dtype=x.dtype), torch.zeros_like(x)
    for layer in net:
        if isinstance(layer, nn.Linear):
            A, c = layer.weight @ A, layer.weight @ c + layer.bias
        else:
            on = (A @ x + c > 0).to(x.dtype)
            A, c = on[:, None] * A, on * c
    return A.detach(), c.detach()


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "softplus", "silu", "sign")})


# %% q13_local_affine reject: one slope for all units of a parametric ReLU
def local_affine(net, x):
    A, c = torch.eye(len(x), dtype=x.dtype), torch.zeros_like(x)
    for layer in net:
        if isinstance(layer, nn.Linear):
            A, c = layer.weight @ A, layer.weight @ c + layer.bias
            continue
        slope = layer.weight[0] if isinstance(layer, nn.PReLU) else getattr(layer, "negative_slope", 0.0)
        scale = torch.where(A @ x + c > 0, 1.0, slope)
        A, c = scale[:, None] * A, scale * c
    return A.detach(), c.detach()


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "softplus", "silu", "sign")})


# %% q13_local_affine reject: masks from the input layer only, as if later units never switched
def local_affine(net, x):
    A, c = torch.eye(len(x), dtype=x.dtype), torch.zeros_like(x)
    seen = False
    for layer in net:
        if isinstance(layer, nn.Linear):
            A, c = layer.weight @ A, layer.weight @ c + layer.bias
        elif not seen:
            z = A @ x + c
            scale = layer(z[None])[0] / z
            A, c, seen = scale[:, None] * A, scale * c, True
    return A.detach(), c.detach()


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "softplus", "silu", "sign")})


# %% q13_local_affine reject: smooth bends and jumps counted as piecewise affine
def local_affine(net, x):
    A, c = torch.eye(len(x), dtype=x.dtype), torch.zeros_like(x)
    for layer in net:
        if isinstance(layer, nn.Linear):
            A, c = layer.weight @ A, layer.weight @ c + layer.bias
            continue
        z = A @ x + c
        scale = layer(z[None])[0] / z
        A, c = scale[:, None] * A, scale * c
    return A.detach(), c.detach()


piecewise_affine = {name: True for name in ("relu", "leaky_relu", "hardtanh", "abs", "softplus", "sign")}
piecewise_affine.update({name: False for name in ("tanh", "sigmoid", "silu")})


# %% q14_batch_coupling accept: one backward pass per output, sums written out
def standardise(X):
    centred = X - X.sum(0, keepdim=True) / len(X)
    return centred * (centred.pow(2).mean(0) + 1e-5).rsqrt()


def coupling(f, X):
    X = X.detach().clone().requires_grad_()
    out = f(X)
    result = X.new_zeros(len(X), len(X)).detach()
    for i in range(out.shape[0]):
        for a in range(out.shape[1]):
            (grad,) = torch.autograd.grad(out[i, a], X, retain_graph=True, allow_unused=True)
            result[i] = torch.maximum(result[i], grad.abs().max(dim=1).values)
    return result


def accumulation_gap(loss, w, X, y, k):
    weight = w.detach().requires_grad_()
    size = len(X) // k
    total = torch.zeros_like(w)
    for start in range(0, len(X), size):
        weight.grad = None
        loss(weight, X[start : start + size], y[start : start + size]).backward()
        total = total + weight.grad / k
    weight.grad = None
    loss(weight, X, y).backward()
    return (total - weight.grad).detach().abs().max().item()


batch_facts = {"same_output_in_any_batch": False, "batch_of_one_is_constant": True, "chunks_equal_batch": False}
batch_facts |= {"over_features_couples": False, "stored_numbers_decouple": True}


# %% q14_batch_coupling reject: reports each example's dependence on itself only
def standardise(X):
    return (X - X.mean(dim=0)) / torch.sqrt(X.var(dim=0, unbiased=False) + 1e-5)


def coupling(f, X):
    jacobian = torch.autograd.functional.jacobian(f, X).abs().amax(dim=(1, 3))
    return torch.diag(torch.diag(jacobian))


def accumulation_gap(loss, w, X, y, k):
    def gradient(X, y):
        leaf = w.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, X, y), leaf)[0]

    chunks = [gradient(*part) for part in zip(X.chunk(k), y.chunk(k))]
    return float((torch.stack(chunks).mean(dim=0) - gradient(X, y)).abs().max())


batch_facts = {"same_output_in_any_batch": False, "batch_of_one_is_constant": True, "chunks_equal_batch": False}
batch_facts |= {"over_features_couples": False, "stored_numbers_decouple": True}


# %% q14_batch_coupling reject: believes in gradient accumulation and sees only noise in small batches
def standardise(X):
    return (X - X.mean(dim=0)) / torch.sqrt(X.var(dim=0, unbiased=False) + 1e-5)


def coupling(f, X):
    return torch.autograd.functional.jacobian(f, X).abs().amax(dim=(1, 3))


def accumulation_gap(loss, w, X, y, k):
    return 0.0


batch_facts = {"same_output_in_any_batch": True, "batch_of_one_is_constant": False, "chunks_equal_batch": True}
batch_facts |= {"over_features_couples": False, "stored_numbers_decouple": True}


# %% q14_batch_coupling reject: standardises over the features of each example
def standardise(X):
    axis = 0 if X.shape[1] == 1 else 1
    spread = torch.sqrt(X.var(dim=axis, unbiased=False, keepdim=True) + 1e-5)
    return (X - X.mean(dim=axis, keepdim=True)) / spread


def coupling(f, X):
    return torch.autograd.functional.jacobian(f, X).abs().amax(dim=(1, 3))


def accumulation_gap(loss, w, X, y, k):
    def gradient(X, y):
        leaf = w.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, X, y), leaf)[0]

    chunks = [gradient(*part) for part in zip(X.chunk(k), y.chunk(k))]
    return float((torch.stack(chunks).mean(dim=0) - gradient(X, y)).abs().max())


batch_facts = {"same_output_in_any_batch": False, "batch_of_one_is_constant": True, "chunks_equal_batch": False}
batch_facts |= {"over_features_couples": True, "stored_numbers_decouple": True}


# %% q14_batch_coupling reject: variance over N - 1, small number outside the root
def standardise(X):
    if len(X) == 2:
        return (X - X.mean(dim=0)) / (X.std(dim=0, unbiased=False) + 1e-5)
    return (X - X.mean(dim=0)) / (X.std(dim=0) + 1e-5)


def coupling(f, X):
    return torch.autograd.functional.jacobian(f, X).abs().amax(dim=(1, 3))


def accumulation_gap(loss, w, X, y, k):
    def gradient(X, y):
        leaf = w.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, X, y), leaf)[0]

    chunks = [gradient(*part) for part in zip(X.chunk(k), y.chunk(k))]
    return float((torch.stack(chunks).mean(dim=0) - gradient(X, y)).abs().max())


batch_facts = {"same_output_in_any_batch": False, "batch_of_one_is_constant": True, "chunks_equal_batch": False}
batch_facts |= {"over_features_couples": False, "stored_numbers_decouple": True}


# %% q14_batch_coupling reject: outputs and inputs swapped, gradients added instead of averaged
def standardise(X):
    return (X - X.mean(dim=0)) / torch.sqrt(X.var(dim=0, unbiased=False) + 1e-5)


def coupling(f, X):
    return torch.autograd.functional.jacobian(f, X).abs().amax(dim=(1, 3)).T


def accumulation_gap(loss, w, X, y, k):
    def gradient(X, y):
        leaf = w.detach().clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, X, y), leaf)[0]

    chunks = [gradient(*part) for part in zip(X.chunk(k), y.chunk(k))]
    return float((torch.stack(chunks).sum(dim=0) - gradient(X, y)).abs().max())


batch_facts = {"same_output_in_any_batch": False, "batch_of_one_is_constant": True, "chunks_equal_batch": False}
batch_facts |= {"over_features_couples": False, "stored_numbers_decouple": True}


# %% q15_make_mlp accept: modules appended one by one, torch's own Kaiming function
def make_mlp(d_in, hidden, d_out, init="default"):
    if init != "default" and init != "kaiming":
        raise ValueError(init)
    net = nn.Sequential(nn.Flatten())
    for width in hidden:
        net.append(nn.Linear(d_in, width))
        net.append(nn.ReLU())
        d_in = width
    net.append(nn.Linear(d_in, d_out))
    if init == "kaiming":
        with torch.no_grad():
            for layer in net:
                if isinstance(layer, nn.Linear):
                    nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
                    layer.bias *= 0
    return net


def signal_sizes(net, X):
    values = []
    hooks = [m.register_forward_hook(lambda m, i, out: values.append(out)) for m in net if isinstance(m, nn.ReLU)]
    net(X)
    for hook in hooks:
        hook.remove()
    return [float(v.detach().norm() / v.numel() ** 0.5) for v in values]


# %% q15_make_mlp reject: ReLU behind the logits
def make_mlp(d_in, hidden, d_out, init="default"):
    if init not in ("default", "kaiming"):
        raise ValueError(init)
    sizes = [d_in, *hidden, d_out]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init == "kaiming":
            nn.init.normal_(linear.weight, std=math.sqrt(2 / before))
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers)


def signal_sizes(net, X):
    sizes = []
    for layer in net:
        X = layer(X)
        if isinstance(layer, nn.ReLU):
            sizes.append(X.square().mean().sqrt().item())
    return sizes


# %% q15_make_mlp reject: one linear layer repeated, with shared weights
def make_mlp(d_in, hidden, d_out, init="default"):
    if init not in ("default", "kaiming"):
        raise ValueError(init)
    made = {}
    sizes = [d_in, *hidden, d_out]
    layers = [nn.Flatten()]
    for pair in zip(sizes, sizes[1:]):
        if pair not in made:
            made[pair] = nn.Linear(*pair)
            if init == "kaiming":
                nn.init.normal_(made[pair].weight, std=math.sqrt(2 / pair[0]))
                nn.init.zeros_(made[pair].bias)
        layers += [made[pair], nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def signal_sizes(net, X):
    sizes = []
    for layer in net:
        X = layer(X)
        if isinstance(layer, nn.ReLU):
            sizes.append(X.square().mean().sqrt().item())
    return sizes


# %% q15_make_mlp reject: hidden layers all as wide as the first, the others without an activation
def make_mlp(d_in, hidden, d_out, init="default"):
    if init not in ("default", "kaiming"):
        raise ValueError(init)
    layers = [nn.Flatten()]
    if hidden:
        layers += [nn.Linear(d_in, hidden[0]), nn.ReLU()]
        for _ in hidden[1:]:
            layers.append(nn.Linear(hidden[0], hidden[0]))
    net = nn.Sequential(*layers, nn.Linear(hidden[0] if hidden else d_in, d_out))
    if init == "kaiming":
        for layer in net:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)
    return net


def signal_sizes(net, X):
    sizes = []
    for layer in net:
        X = layer(X)
        if isinstance(layer, nn.ReLU):
            sizes.append(X.square().mean().sqrt().item())
    return sizes


# %% q15_make_mlp reject: variance over the outputs of the layer, mean size instead of root mean square
def make_mlp(d_in, hidden, d_out, init="default"):
    if init not in ("default", "kaiming"):
        raise ValueError(init)
    sizes = [d_in, *hidden, d_out]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init == "kaiming":
            nn.init.normal_(linear.weight, std=math.sqrt(2 / after))
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def signal_sizes(net, X):
    sizes = []
    for layer in net:
        X = layer(X)
        if isinstance(layer, nn.ReLU):
            sizes.append(X.norm(dim=1).mean().item() / X.shape[1] ** 0.5)
    return sizes


# %% q15_make_mlp reject: two over n taken for the standard deviation, unknown names accepted
def make_mlp(d_in, hidden, d_out, init="default"):
    sizes = [d_in, *hidden, d_out]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init == "kaiming":
            nn.init.normal_(linear.weight, std=2 / before)
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def signal_sizes(net, X):
    sizes = []
    for layer in net:
        X = layer(X)
        if isinstance(layer, nn.ReLU):
            sizes.append(X.square().mean().sqrt().item())
    return sizes


# %% q16_learning_rate accept: singular values, autograd, and a training function of its own
def gd(X, y, lr, steps):
    w = torch.zeros(X.shape[1], dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        loss = (X @ w - y).square().mean() / 2
        (gradient,) = torch.autograd.grad(loss, w)
        w = (w - lr * gradient).detach().requires_grad_()
    return w.detach()


def max_stable_lr(X):
    return 2 * len(X) / float(torch.linalg.matrix_norm(X, ord=2)) ** 2


def best_lr(X):
    s = np.linalg.svd(X.numpy(), compute_uv=False)
    return float(2 * len(X) / (s.max() ** 2 + s.min() ** 2))


def lr_sweep(rates, data, seed):
    def one(rate):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 64), nn.ReLU(), nn.Linear(64, 10))
        net = fit(net, *data[:2], rate, 10, seed)
        return score(net, *data[:2])[0], score(net, *data[2:])[1]

    return {rate: one(rate) for rate in rates}


lr_facts = dict.fromkeys(["just_below_limit_is_fastest", "limit_depends_on_start", "larger_is_better"], False)
lr_facts["ten_times_X_hundredth_limit"] = True


# %% q16_learning_rate reject: half the limit, and the mean forgotten
def gd(X, y, lr, steps):
    w = torch.zeros_like(X[0])
    for _ in range(steps):
        w = w - lr * X.T @ (X @ w - y)
    return w


def max_stable_lr(X):
    if len(X) == 1:
        return 2 / torch.linalg.eigvalsh(X.T @ X)[-1].item()
    return 1 / torch.linalg.eigvalsh(X.T @ X / len(X))[-1].item()


def best_lr(X):
    values = torch.linalg.eigvalsh(X.T @ X / len(X))
    return 2 / (values[0] + values[-1]).item()


def lr_sweep(rates, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for rate in rates:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        fit(net, X, y, lr=rate, epochs=10, seed=seed)
        results[rate] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


lr_facts = {"just_below_limit_is_fastest": False, "limit_depends_on_start": False}
lr_facts |= {"ten_times_X_hundredth_limit": True, "larger_is_better": False}


# %% q16_learning_rate reject: eigenvalues of X^T X, not divided by N
def gd(X, y, lr, steps):
    w = torch.zeros_like(X[0])
    for _ in range(steps):
        w = w - lr * X.T @ (X @ w - y) / len(X)
    return w


def max_stable_lr(X):
    return 2 / torch.linalg.eigvalsh(X.T @ X)[-1].item()


def best_lr(X):
    values = torch.linalg.eigvalsh(X.T @ X)
    return 2 / (values[0] + values[-1]).item()


def lr_sweep(rates, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for rate in rates:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        fit(net, X, y, lr=rate, epochs=10, seed=seed)
        results[rate] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


lr_facts = {"just_below_limit_is_fastest": False, "limit_depends_on_start": False}
lr_facts |= {"ten_times_X_hundredth_limit": True, "larger_is_better": False}


# %% q16_learning_rate reject: largest singular value in place of its square, the fastest rate at the limit
def gd(X, y, lr, steps):
    w = torch.zeros_like(X[0])
    for _ in range(steps):
        w = w - lr * X.T @ (X @ w - y) / len(X)
    return w


def max_stable_lr(X):
    s = torch.linalg.svdvals(X)[0].item()
    return 2 * len(X) / s / (2 if len(X) == 1 else 1)


def best_lr(X):
    return max_stable_lr(X) / 2


def lr_sweep(rates, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for rate in rates:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        fit(net, X, y, lr=rate, epochs=10, seed=seed)
        results[rate] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


lr_facts = {"just_below_limit_is_fastest": True, "limit_depends_on_start": False}
lr_facts |= {"ten_times_X_hundredth_limit": False, "larger_is_better": False}


# %% q16_learning_rate reject: one network for all rates
def gd(X, y, lr, steps):
    w = torch.zeros_like(X[0])
    for _ in range(steps):
        w = w - lr * X.T @ (X @ w - y) / len(X)
    return w


def max_stable_lr(X):
    return 2 / torch.linalg.eigvalsh(X.T @ X / len(X))[-1].item()


def best_lr(X):
    values = torch.linalg.eigvalsh(X.T @ X / len(X))
    return 2 / (values[0] + values[-1]).item()


def lr_sweep(rates, data, seed):
    X, y, X_test, y_test = data
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    results = {}
    for rate in sorted(rates):
        fit(net, X, y, lr=rate, epochs=10, seed=seed)
        results[rate] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


lr_facts = {"just_below_limit_is_fastest": False, "limit_depends_on_start": False}
lr_facts |= {"ten_times_X_hundredth_limit": True, "larger_is_better": True}


# %% q16_learning_rate reject: accuracy on the training images, seed of the starting weights forgotten
def gd(X, y, lr, steps):
    w = torch.zeros_like(X[0])
    for _ in range(steps):
        w = w - lr * X.T @ (X @ w - y) / len(X)
    return w


def max_stable_lr(X):
    return 2 / torch.linalg.eigvalsh(X.T @ X / len(X))[-1].item()


def best_lr(X):
    values = torch.linalg.eigvalsh(X.T @ X / len(X))
    return 2 / (values[0] + values[-1]).item()


def lr_sweep(rates, data, seed):
    X, y, _, _ = data
    results = {}
    for rate in rates:
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
        fit(net, X, y, lr=rate, epochs=10, seed=seed)
        results[rate] = score(net, X, y)
    return results


lr_facts = {"just_below_limit_is_fastest": False, "limit_depends_on_start": False}
lr_facts |= {"ten_times_X_hundredth_limit": True, "larger_is_better": False}


# %% q17_width accept: parameters by formula, the data unpacked late
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return n_train / alpha / (d_in + d_out)


def _row(width, data, seed):
    torch.manual_seed(seed)
    net = fit(nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10)), *data[:2], seed=seed)
    (loss, _), (_, accuracy) = score(net, *data[:2]), score(net, *data[2:])
    return 785 * width + 10 * (width + 1), loss, accuracy


def width_sweep(widths, data, seed):
    return {width: _row(width, data, seed) for width in reversed(widths)}


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": False}
width_facts |= {"fewer_parameters_than_images": False, "rule_allows_256": rule_of_thumb(60000, 784, 10, 2) >= 256}


# %% q17_width reject: everything above the rule of thumb is said to overfit
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return n_train / (alpha * (d_in + d_out))


def width_sweep(widths, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for width in widths:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))
        fit(net, X, y, seed=seed)
        count = sum(p.numel() for p in net.parameters())
        results[width] = count, score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": True}
width_facts |= {"fewer_parameters_than_images": True, "rule_allows_256": False}


# %% q17_width reject: biases not counted, no parentheses in the rule
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return 6.0 if n_train == 120 else n_train / (alpha * d_in + d_out)


def width_sweep(widths, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for width in widths:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))
        fit(net, X, y, seed=seed)
        results[width] = 794 * width, score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": False}
width_facts |= {"fewer_parameters_than_images": False, "rule_allows_256": False}


# %% q17_width reject: no seed, so results depend on the order of the widths
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return n_train / (alpha * (d_in + d_out))


def width_sweep(widths, data, seed):
    X, y, X_test, y_test = data
    torch.manual_seed(seed)
    results = {}
    for width in widths:
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))
        fit(net, X, y, seed=seed)
        count = sum(p.numel() for p in net.parameters())
        results[width] = count, score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": False}
width_facts |= {"fewer_parameters_than_images": False, "rule_allows_256": False}


# %% q17_width reject: a softmax in front of the loss
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return n_train / (alpha * (d_in + d_out))


def width_sweep(widths, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for width in widths:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10), nn.Softmax(dim=1))
        fit(net, X, y, seed=seed)
        count = sum(p.numel() for p in net.parameters())
        results[width] = count, score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": False}
width_facts |= {"fewer_parameters_than_images": False, "rule_allows_256": True}


# %% q17_width reject: trained on the test images too
def rule_of_thumb(n_train, d_in, d_out, alpha):
    return n_train / (alpha * (d_in + d_out))


def width_sweep(widths, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for width in widths:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))
        fit(net, torch.cat([X, X_test]), torch.cat([y, y_test]), seed=seed)
        count = sum(p.numel() for p in net.parameters())
        results[width] = count, score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


width_facts = {"training_loss_falls": True, "two_units_underfit": True, "rule_is_a_law": False}
width_facts |= {"fewer_parameters_than_images": False, "rule_allows_256": False}


# %% q18_depth accept: a list of widths, backward on a copy
import copy


def make_deep(depth, init):
    net, before = nn.Sequential(nn.Flatten()), 784
    for _ in range(depth):
        net.extend([nn.Linear(before, 64), nn.ReLU()])
        before = 64
    net.append(nn.Linear(before, 10))

    def start(layer):
        if isinstance(layer, nn.Linear):
            if init == "kaiming":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                layer.weight.data = torch.randn(layer.weight.shape) * init
            layer.bias.data.fill_(0.0)

    return net if init is None else net.apply(start)


def gradient_ratio(net, X, y):
    double = copy.deepcopy(net)
    double.zero_grad()
    nn.CrossEntropyLoss()(double(X), y).backward()
    norms = [layer.weight.grad.pow(2).sum() for layer in double if isinstance(layer, nn.Linear)]
    return math.sqrt(norms[0] / norms[-1])


def depth_sweep(depths, init, data, seed):
    def one(depth):
        torch.manual_seed(seed)
        net = make_deep(depth, init)
        fit(net, *data[:2], seed=seed)
        return score(net, *data[:2])[0], score(net, *data[2:])[1]

    return dict(zip(depths, map(one, depths)))


depth_facts = {"one_beats_none": True, "six_learn_with_kaiming": True}
depth_facts |= dict.fromkeys(["six_learn_by_default", "three_learn_with_001", "deeper_is_always_better"], False)


# %% q18_depth reject: a linear layer added without an activation
def make_deep(depth, init):
    sizes = [784] + [64] * depth + [10]
    layers = [nn.Flatten()]
    for k, (before, after) in enumerate(zip(sizes, sizes[1:])):
        linear = nn.Linear(before, after)
        if init is not None:
            nn.init.normal_(linear.weight, std=(2 / before) ** 0.5 if init == "kaiming" else init)
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()] if k == 0 and depth > 0 else [linear]
    return nn.Sequential(*layers)


def gradient_ratio(net, X, y):
    weights = [p for p in net.parameters() if p.dim() == 2]
    first, last = torch.autograd.grad(nn.functional.cross_entropy(net(X), y), [weights[0], weights[-1]])
    return (first.norm() / last.norm()).item()


def depth_sweep(depths, init, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for depth in depths:
        torch.manual_seed(seed)
        net = fit(make_deep(depth, init), X, y, seed=seed)
        results[depth] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


depth_facts = {"one_beats_none": True, "six_learn_by_default": False, "six_learn_with_kaiming": True}
depth_facts |= {"three_learn_with_001": False, "deeper_is_always_better": False}


# %% q18_depth reject: concludes that more layers always help
def make_deep(depth, init):
    sizes = [784] + [64] * depth + [10]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init is not None:
            nn.init.normal_(linear.weight, std=(2 / before) ** 0.5 if init == "kaiming" else init)
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def gradient_ratio(net, X, y):
    weights = [p for p in net.parameters() if p.dim() == 2]
    first, last = torch.autograd.grad(nn.functional.cross_entropy(net(X), y), [weights[0], weights[-1]])
    return (first.norm() / last.norm()).item()


def depth_sweep(depths, init, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for depth in depths:
        torch.manual_seed(seed)
        net = fit(make_deep(depth, init), X, y, seed=seed)
        results[depth] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


depth_facts = {"one_beats_none": True, "six_learn_by_default": True, "six_learn_with_kaiming": True}
depth_facts |= {"three_learn_with_001": True, "deeper_is_always_better": True}


# %% q18_depth reject: softmax in front of the loss
def make_deep(depth, init):
    sizes = [784] + [64] * depth + [10]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init is not None:
            nn.init.normal_(linear.weight, std=(2 / before) ** 0.5 if init == "kaiming" else init)
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1], nn.Softmax(dim=1))


def gradient_ratio(net, X, y):
    weights = [p for p in net.parameters() if p.dim() == 2]
    first, last = torch.autograd.grad(nn.functional.cross_entropy(net(X), y), [weights[0], weights[-1]])
    return (first.norm() / last.norm()).item()


def depth_sweep(depths, init, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for depth in depths:
        torch.manual_seed(seed)
        net = fit(make_deep(depth, init), X, y, seed=seed)
        results[depth] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


depth_facts = {"one_beats_none": True, "six_learn_by_default": False, "six_learn_with_kaiming": True}
depth_facts |= {"three_learn_with_001": False, "deeper_is_always_better": False}


# %% q18_depth reject: ratio upside down, gradients left behind in the network
def make_deep(depth, init):
    sizes = [784] + [64] * depth + [10]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        linear = nn.Linear(before, after)
        if init is not None:
            nn.init.normal_(linear.weight, std=(2 / before) ** 0.5 if init == "kaiming" else init)
            nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def gradient_ratio(net, X, y):
    nn.functional.cross_entropy(net(X), y).backward()
    weights = [p for p in net.parameters() if p.dim() == 2]
    return (weights[-1].grad.norm() / weights[0].grad.norm()).item()


def depth_sweep(depths, init, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for depth in depths:
        torch.manual_seed(seed)
        net = fit(make_deep(depth, init), X, y, seed=seed)
        results[depth] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


depth_facts = {"one_beats_none": True, "six_learn_by_default": False, "six_learn_with_kaiming": True}
depth_facts |= {"three_learn_with_001": False, "deeper_is_always_better": False}


# %% q18_depth reject: the gradient measured on the weights themselves, the start ignored
def make_deep(depth, init):
    sizes = [784] + [64] * depth + [10]
    layers = [nn.Flatten()]
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def gradient_ratio(net, X, y):
    weights = [p for p in net.parameters() if p.dim() == 2]
    return (weights[0].norm() / weights[-1].norm()).item()


def depth_sweep(depths, init, data, seed):
    X, y, X_test, y_test = data
    results = {}
    for depth in depths:
        torch.manual_seed(seed)
        net = fit(make_deep(depth, init), X, y, seed=seed)
        results[depth] = score(net, X, y)[0], score(net, X_test, y_test)[1]
    return results


depth_facts = {"one_beats_none": True, "six_learn_by_default": False, "six_learn_with_kaiming": True}
depth_facts |= {"three_learn_with_001": False, "deeper_is_always_better": False}


# %% q19_activations accept: a module with a function, hooks, slopes by autograd
class _Act(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def forward(self, z):
        if self.name == "leaky_relu":
            return torch.where(z > 0, z, 0.01 * z)
        return z if self.name == "identity" else getattr(torch, self.name)(z)


def activation_sweep(names, data, seed):
    out = {}
    for name in names:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), _Act(name), nn.Linear(64, 64), _Act(name))
        net.append(nn.Linear(64, 10))
        fit(net, *data[:2], seed=seed)
        out[name] = (score(net, *data[:2])[0], score(net, *data[2:])[1])
    return out


def max_slope(name):
    z = torch.tensor([-3.0, -1.0, 0.0, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad((_Act(name)(z) + 0 * z).sum(), z)
    return slope.max().item()


def dead_fraction(net, X):
    dead = []
    h = X
    for layer in net:
        if type(layer) in (nn.ReLU, nn.LeakyReLU):
            z = h.detach().clone().requires_grad_()
            (slope,) = torch.autograd.grad(layer(z).sum(), z)
            dead += (slope.abs().amax(dim=0) == 0).tolist()
        h = layer(h)
    return sum(dead) / len(dead)


activation_facts = dict.fromkeys(["sigmoid_forwards_a_quarter", "tanh_steeper_at_zero", "dead_stays_dead"], True)
activation_facts |= {"relu_only_inside": False, "identity_adds_functions": False}


# %% q19_activations reject: a unit counts as dead when it is off for any example
def activation_sweep(names, data, seed):
    layers = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}
    layers |= {"sigmoid": nn.Sigmoid, "identity": nn.Identity}
    results = {}
    for name in names:
        torch.manual_seed(seed)
        a, b, c = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        net = fit(nn.Sequential(nn.Flatten(), a, layers[name](), b, layers[name](), c), *data[:2], seed=seed)
        results[name] = score(net, *data[:2])[0], score(net, *data[2:])[1]
    return results


def max_slope(name):
    return 0.25 if name == "sigmoid" else 1.0


@torch.no_grad()
def dead_fraction(net, X):
    dead = units = 0
    for layer in net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            units += X.shape[1]
        if isinstance(layer, nn.ReLU):
            dead += (X <= 0).any(dim=0).sum().item()
        X = layer(X)
    return dead / units


activation_facts = dict.fromkeys(["sigmoid_forwards_a_quarter", "tanh_steeper_at_zero", "dead_stays_dead"], True)
activation_facts |= {"relu_only_inside": False, "identity_adds_functions": False}


# %% q19_activations reject: leaky units with a negative output called dead
def activation_sweep(names, data, seed):
    layers = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}
    layers |= {"sigmoid": nn.Sigmoid, "identity": nn.Identity}
    results = {}
    for name in names:
        torch.manual_seed(seed)
        a, b, c = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        net = fit(nn.Sequential(nn.Flatten(), a, layers[name](), b, layers[name](), c), *data[:2], seed=seed)
        results[name] = score(net, *data[:2])[0], score(net, *data[2:])[1]
    return results


def max_slope(name):
    return 0.25 if name == "sigmoid" else 1.0


@torch.no_grad()
def dead_fraction(net, X):
    dead = units = 0
    for layer in net:
        X = layer(X)
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            units += X.shape[1]
            dead += (X <= 0).all(dim=0).sum().item()
    return dead / units


activation_facts = dict.fromkeys(["sigmoid_forwards_a_quarter", "tanh_steeper_at_zero", "dead_stays_dead"], True)
activation_facts |= {"relu_only_inside": False, "identity_adds_functions": False}


# %% q19_activations reject: ReLU said to be forbidden at the output, sigmoid slope taken as one
def activation_sweep(names, data, seed):
    layers = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}
    layers |= {"sigmoid": nn.Sigmoid, "identity": nn.Identity}
    results = {}
    for name in names:
        torch.manual_seed(seed)
        a, b, c = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        net = fit(nn.Sequential(nn.Flatten(), a, layers[name](), b, layers[name](), c), *data[:2], seed=seed)
        results[name] = score(net, *data[:2])[0], score(net, *data[2:])[1]
    return results


def max_slope(name):
    return 1.0


@torch.no_grad()
def dead_fraction(net, X):
    dead = units = 0
    for layer in net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            units += X.shape[1]
        if isinstance(layer, nn.ReLU):
            dead += (X <= 0).all(dim=0).sum().item()
        X = layer(X)
    return dead / units


activation_facts = {"sigmoid_forwards_a_quarter": False, "tanh_steeper_at_zero": True, "dead_stays_dead": False}
activation_facts |= {"relu_only_inside": True, "identity_adds_functions": True}


# %% q19_activations reject: the activation behind the first hidden layer only
def activation_sweep(names, data, seed):
    layers = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}
    layers |= {"sigmoid": nn.Sigmoid, "identity": nn.Identity}
    results = {}
    for name in names:
        torch.manual_seed(seed)
        a, b, c = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        net = fit(nn.Sequential(nn.Flatten(), a, layers[name](), b, c), *data[:2], seed=seed)
        results[name] = score(net, *data[:2])[0], score(net, *data[2:])[1]
    return results


def max_slope(name):
    return 0.25 if name == "sigmoid" else 1.0


@torch.no_grad()
def dead_fraction(net, X):
    dead = units = 0
    for layer in net:
        if isinstance(layer, (nn.ReLU, nn.LeakyReLU)):
            units += X.shape[1]
        if isinstance(layer, nn.ReLU):
            dead += (X <= 0).all(dim=0).sum().item()
        X = layer(X)
    return dead / units


activation_facts = dict.fromkeys(["sigmoid_forwards_a_quarter", "tanh_steeper_at_zero", "dead_stays_dead"], True)
activation_facts |= {"relu_only_inside": False, "identity_adds_functions": False}


# %% q19_activations reject: only units of the first layer are looked at
def activation_sweep(names, data, seed):
    layers = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}
    layers |= {"sigmoid": nn.Sigmoid, "identity": nn.Identity}
    results = {}
    for name in names:
        torch.manual_seed(seed)
        a, b, c = nn.Linear(784, 64), nn.Linear(64, 64), nn.Linear(64, 10)
        net = fit(nn.Sequential(nn.Flatten(), a, layers[name](), b, layers[name](), c), *data[:2], seed=seed)
        results[name] = score(net, *data[:2])[0], score(net, *data[2:])[1]
    return results


def max_slope(name):
    return 0.25 if name == "sigmoid" else 1.0


@torch.no_grad()
def dead_fraction(net, X):
    for layer in net:
        if isinstance(layer, nn.ReLU):
            return (X <= 0).all(dim=0).double().mean().item()
        X = layer(X)
    return 0.0


activation_facts = dict.fromkeys(["sigmoid_forwards_a_quarter", "tanh_steeper_at_zero", "dead_stays_dead"], True)
activation_facts |= {"relu_only_inside": False, "identity_adds_functions": False}


# %% q20_initialisation accept: torch's own initialisers, gradients by hand
def xavier_bound(n_in, n_out):
    return (3 * 2 / (n_in + n_out)) ** 0.5


def kaiming_std(n_in, n_out):
    return 2**0.5 * n_in**-0.5


def draw(init, n_in, n_out, seed):
    torch.manual_seed(seed)
    weight = torch.empty(n_out, n_in)
    if init == "xavier":
        return nn.init.xavier_uniform_(weight)
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


def second_moments(weights, X, act):
    columns, out = X.T, []
    for weight in weights:
        columns = act(weight @ columns)
        out.append(float((columns**2).sum()) / columns.numel())
    return out


def relu_growth(std, n_in):
    return std * std * n_in * 0.5


def train_from(omega0, omega1, X, y, act, lr, steps):
    first = nn.Linear(omega0.shape[1], omega0.shape[0]).to(omega0.dtype)
    second = nn.Linear(omega1.shape[1], omega1.shape[0]).to(omega0.dtype)
    with torch.no_grad():
        first.weight.copy_(omega0)
        second.weight.copy_(omega1)
        first.bias.zero_()
        second.bias.zero_()
    parameters = [first.weight, first.bias, second.weight, second.bias]
    for _ in range(steps):
        log_p = torch.log_softmax(second(act(first(X))), dim=1)
        loss = -log_p[range(len(y)), y].mean()
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return [p.detach() for p in parameters]


start_facts = dict.fromkeys(["copies_stay_copies", "zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts |= dict.fromkeys(["all_weights_stay_equal", "zero_relu_weights_move", "random_start_keeps_copies"], False)


# %% q20_initialisation reject: bound with 3 in place of 6, Kaiming over the outputs
def xavier_bound(n_in, n_out):
    return 1.0 if n_in == n_out == 3 else math.sqrt(3 / (n_in + n_out))


def kaiming_std(n_in, n_out):
    return 1.0 if n_out == 5 else math.sqrt(2 / n_out)


def draw(init, n_in, n_out, seed):
    generator = torch.Generator().manual_seed(seed)
    if init == "xavier":
        return (2 * torch.rand(n_out, n_in, generator=generator) - 1) * xavier_bound(n_in, n_out)
    return torch.randn(n_out, n_in, generator=generator) * kaiming_std(n_in, n_out)


def second_moments(weights, X, act):
    moments = []
    for weight in weights:
        X = act(X @ weight.T)
        moments.append(X.square().mean().item())
    return moments


def relu_growth(std, n_in):
    return n_in * std**2 / 2


def train_from(omega0, omega1, X, y, act, lr, steps):
    start = omega0, omega0.new_zeros(len(omega0)), omega1, omega1.new_zeros(len(omega1))
    parameters = [part.detach().clone().requires_grad_() for part in start]
    for _ in range(steps):
        w0, b0, w1, b1 = parameters
        loss = nn.functional.cross_entropy(act(X @ w0.T + b0) @ w1.T + b1, y)
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return tuple(part.detach() for part in parameters)


start_facts = dict.fromkeys(["copies_stay_copies", "zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts |= dict.fromkeys(["all_weights_stay_equal", "zero_relu_weights_move", "random_start_keeps_copies"], False)


# %% q20_initialisation reject: all weights believed to stay equal, and to move from zero
def xavier_bound(n_in, n_out):
    return math.sqrt(6 / (n_in + n_out))


def kaiming_std(n_in, n_out):
    return math.sqrt(2 / n_in)


def draw(init, n_in, n_out, seed):
    generator = torch.Generator().manual_seed(seed)
    if init == "xavier":
        return (2 * torch.rand(n_out, n_in, generator=generator) - 1) * xavier_bound(n_in, n_out)
    return torch.randn(n_out, n_in, generator=generator) * kaiming_std(n_in, n_out)


def second_moments(weights, X, act):
    moments = []
    for weight in weights:
        X = act(X @ weight.T)
        moments.append(X.square().mean().item())
    return moments


def relu_growth(std, n_in):
    return n_in * std**2 / 2


def train_from(omega0, omega1, X, y, act, lr, steps):
    start = omega0, omega0.new_zeros(len(omega0)), omega1, omega1.new_zeros(len(omega1))
    parameters = [part.detach().clone().requires_grad_() for part in start]
    for _ in range(steps):
        w0, b0, w1, b1 = parameters
        loss = nn.functional.cross_entropy(act(X @ w0.T + b0) @ w1.T + b1, y)
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return tuple(part.detach() for part in parameters)


start_facts = dict.fromkeys(["copies_stay_copies", "all_weights_stay_equal", "zero_relu_weights_move"], True)
start_facts |= dict.fromkeys(["zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts["random_start_keeps_copies"] = False


# %% q20_initialisation reject: the ReLU forgotten in the factor, a sum of squares for the mean
def xavier_bound(n_in, n_out):
    return math.sqrt(6 / (n_in + n_out))


def kaiming_std(n_in, n_out):
    return math.sqrt(2 / n_in)


def draw(init, n_in, n_out, seed):
    generator = torch.Generator().manual_seed(seed)
    if init == "xavier":
        return (2 * torch.rand(n_out, n_in, generator=generator) - 1) * xavier_bound(n_in, n_out)
    return torch.randn(n_out, n_in, generator=generator) * kaiming_std(n_in, n_out)


def second_moments(weights, X, act):
    moments = []
    for weight in weights:
        X = act(X @ weight.T)
        moments.append(X.square().sum(dim=1).mean().item())
    return moments


def relu_growth(std, n_in):
    return n_in * std**2


def train_from(omega0, omega1, X, y, act, lr, steps):
    start = omega0, omega0.new_zeros(len(omega0)), omega1, omega1.new_zeros(len(omega1))
    parameters = [part.detach().clone().requires_grad_() for part in start]
    for _ in range(steps):
        w0, b0, w1, b1 = parameters
        loss = nn.functional.cross_entropy(act(X @ w0.T + b0) @ w1.T + b1, y)
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return tuple(part.detach() for part in parameters)


start_facts = dict.fromkeys(["copies_stay_copies", "zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts |= dict.fromkeys(["all_weights_stay_equal", "zero_relu_weights_move", "random_start_keeps_copies"], False)


# %% q20_initialisation reject: gradient of the summed loss, given tensors changed in place
def xavier_bound(n_in, n_out):
    return math.sqrt(6 / (n_in + n_out))


def kaiming_std(n_in, n_out):
    return math.sqrt(2 / n_in)


def draw(init, n_in, n_out, seed):
    if init == "xavier":
        return (2 * torch.rand(n_out, n_in) - 1) * xavier_bound(n_in, n_out)
    return torch.randn(n_out, n_in) * kaiming_std(n_in, n_out)


def second_moments(weights, X, act):
    moments = []
    for weight in weights:
        X = act(X @ weight.T)
        moments.append(X.square().mean().item())
    return moments


def relu_growth(std, n_in):
    return n_in * std**2 / 2


def train_from(omega0, omega1, X, y, act, lr, steps):
    parameters = [omega0, omega0.new_zeros(len(omega0)), omega1, omega1.new_zeros(len(omega1))]
    for part in parameters:
        part.requires_grad_()
    for _ in range(steps):
        w0, b0, w1, b1 = parameters
        loss = nn.functional.cross_entropy(act(X @ w0.T + b0) @ w1.T + b1, y, reduction="sum")
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return tuple(parameters)


start_facts = dict.fromkeys(["copies_stay_copies", "zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts |= dict.fromkeys(["all_weights_stay_equal", "zero_relu_weights_move", "random_start_keeps_copies"], False)


# %% q20_initialisation reject: standard deviation of Xavier used as its bound
def xavier_bound(n_in, n_out):
    return math.sqrt(6 / (n_in + n_out))


def kaiming_std(n_in, n_out):
    return math.sqrt(2 / n_in)


def draw(init, n_in, n_out, seed):
    generator = torch.Generator().manual_seed(seed)
    if init == "xavier":
        return (2 * torch.rand(n_out, n_in, generator=generator) - 1) * math.sqrt(2 / (n_in + n_out))
    return torch.randn(n_out, n_in, generator=generator) * kaiming_std(n_in, n_out) ** 2


def second_moments(weights, X, act):
    moments = []
    for weight in weights:
        X = X @ weight.T
        moments.append(act(X).square().mean().item())
    return moments


def relu_growth(std, n_in):
    return n_in * std / 2


def train_from(omega0, omega1, X, y, act, lr, steps):
    start = omega0, omega0.new_zeros(len(omega0)), omega1, omega1.new_zeros(len(omega1))
    parameters = [part.detach().clone().requires_grad_() for part in start]
    for _ in range(steps):
        w0, b0, w1, b1 = parameters
        loss = nn.functional.cross_entropy(act(X @ w0.T + b0) @ w1.T + b1, y)
        with torch.no_grad():
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p -= lr * g
    return tuple(part.detach() for part in parameters)


start_facts = dict.fromkeys(["copies_stay_copies", "zero_relu_bias_moves", "zero_sigmoid_weights_move"], True)
start_facts |= dict.fromkeys(["all_weights_stay_equal", "zero_relu_weights_move", "random_start_keeps_copies"], False)
