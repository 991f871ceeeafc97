# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_loss_slopes accept: two branches, and a square written out
def squared_slope(f, y):
    return -(y - f) - (y - f)


def cross_entropy_slope(f, y):
    small = np.exp(-np.abs(f))
    return np.where(f >= 0, 1 / (1 + small), small / (1 + small)) - y


# %% q1_loss_slopes reject: minus of the inner derivative lost
def squared_slope(f, y):
    return 2 * (y - f)


def cross_entropy_slope(f, y):
    return np.exp(-np.logaddexp(0, -f)) - y


# %% q1_loss_slopes reject: factor 2 left out
def squared_slope(f, y):
    return f - y


def cross_entropy_slope(f, y):
    return 1 / (1 + np.exp(-f)) - y


# %% q1_loss_slopes reject: opposite sign of the second slope
def squared_slope(f, y):
    return 2 * (f - y)


def cross_entropy_slope(f, y):
    return y - 1 / (1 + np.exp(-f))


# %% q1_loss_slopes reject: squared error through a sigmoid
def squared_slope(f, y):
    return 2 * (f - y)


def cross_entropy_slope(f, y):
    s = 1 / (1 + np.exp(-f))
    return 2 * (s - y) * s * (1 - s)


# %% q1_loss_slopes reject: derivative with respect to the probability
def squared_slope(f, y):
    return 2 * (f - y)


def cross_entropy_slope(f, y):
    s = 1 / (1 + np.exp(-f))
    return (s - y) / (s * (1 - s))


# %% q1_loss_slopes reject: overflows for large logits
def squared_slope(f, y):
    return 2 * (f - y)


def cross_entropy_slope(f, y):
    return np.exp(f) / (1 + np.exp(f)) - y


# %% q1_loss_slopes reject: labels are rounded to 0 or 1
def squared_slope(f, y):
    return 2 * (f - y)


def cross_entropy_slope(f, y):
    return np.exp(-np.logaddexp(0, -f)) - (y > 0.5)


# %% q2_toy_network accept: one line per step
def toy_backward(x, y, beta, omega):
    b0, b1, b2, b3 = beta
    w0, w1, w2, w3 = omega
    f0 = b0 + w0 * x
    h1 = math.sin(f0)
    f1 = b1 + w1 * h1
    h2 = math.exp(f1)
    f2 = b2 + w2 * h2
    f3 = b3 + w3 * math.cos(f2)
    by_f3 = -2 * (y - f3)
    by_h3 = w3 * by_f3
    by_f2 = -math.sin(f2) * by_h3
    by_h2 = w2 * by_f2
    by_f1 = h2 * by_h2
    by_h1 = w1 * by_f1
    by_f0 = math.cos(f0) * by_h1
    local = np.array([w3, -math.sin(f2), w2, h2, w1, math.cos(f0)])
    return local, np.array([by_f3, by_h3, by_f2, by_h2, by_f1, by_h1, by_f0])


def toy_gradient(x, y, beta, omega):
    by_f3, _, by_f2, _, by_f1, _, by_f0 = toy_backward(x, y, beta, omega)[1]
    h1 = math.sin(beta[0] + omega[0] * x)
    h2 = math.exp(beta[1] + omega[1] * h1)
    h3 = math.cos(beta[2] + omega[2] * h2)
    by_beta = np.array([by_f0, by_f1, by_f2, by_f3])
    return by_beta, np.array([by_f0 * x, by_f1 * h1, by_f2 * h2, by_f3 * h3])


# %% q2_toy_network reject: minus of the cosine lost
def toy_backward(x, y, beta, omega):
    f0 = beta[0] + omega[0] * x
    f1 = beta[1] + omega[1] * np.sin(f0)
    f2 = beta[2] + omega[2] * np.exp(f1)
    f3 = beta[3] + omega[3] * np.cos(f2)
    local = np.array([omega[3], np.sin(f2), omega[2], np.exp(f1), omega[1], np.cos(f0)])
    return local, 2 * (f3 - y) * np.cumprod(np.append(1, local))


def toy_gradient(x, y, beta, omega):
    by_beta = toy_backward(x, y, beta, omega)[1][::-2]
    h = [x]
    for k, activation in enumerate((np.sin, np.exp, np.cos)):
        h.append(activation(beta[k] + omega[k] * h[k]))
    return by_beta, by_beta * np.array(h)


# %% q2_toy_network reject: slope of exp taken at its output
def toy_backward(x, y, beta, omega):
    f0 = beta[0] + omega[0] * x
    h1 = np.sin(f0)
    f1 = beta[1] + omega[1] * h1
    f2 = beta[2] + omega[2] * np.exp(f1)
    f3 = beta[3] + omega[3] * np.cos(f2)
    local = np.array([omega[3], -np.sin(f2), omega[2], np.exp(h1), omega[1], np.cos(f0)])
    return local, 2 * (f3 - y) * np.cumprod(np.append(1, local))


def toy_gradient(x, y, beta, omega):
    by_beta = toy_backward(x, y, beta, omega)[1][::-2]
    h = [x]
    for k, activation in enumerate((np.sin, np.exp, np.cos)):
        h.append(activation(beta[k] + omega[k] * h[k]))
    return by_beta, by_beta * np.array(h)


# %% q2_toy_network reject: weights multiplied by the pre-activation
def toy_backward(x, y, beta, omega):
    f0 = beta[0] + omega[0] * x
    f1 = beta[1] + omega[1] * np.sin(f0)
    f2 = beta[2] + omega[2] * np.exp(f1)
    f3 = beta[3] + omega[3] * np.cos(f2)
    local = np.array([omega[3], -np.sin(f2), omega[2], np.exp(f1), omega[1], np.cos(f0)])
    return local, 2 * (f3 - y) * np.cumprod(np.append(1, local))


def toy_gradient(x, y, beta, omega):
    by_beta = toy_backward(x, y, beta, omega)[1][::-2]
    f = [x]
    for k, activation in enumerate((lambda z: z, np.sin, np.exp)):
        f.append(beta[k] + omega[k] * activation(f[k]))
    return by_beta, by_beta * np.array(f)


# %% q2_toy_network reject: lets autograd do it
def toy_backward(x, y, beta, omega):
    with torch.enable_grad():
        b, w = torch.tensor(beta, requires_grad=True), torch.tensor(omega)
        f0 = b[0] + w[0] * x
        h1 = torch.sin(f0)
        f1 = b[1] + w[1] * h1
        h2 = torch.exp(f1)
        f2 = b[2] + w[2] * h2
        h3 = torch.cos(f2)
        f3 = b[3] + w[3] * h3
        slopes = torch.autograd.grad((f3 - y) ** 2, [f3, h3, f2, h2, f1, h1, f0])
        local = [w[3], -torch.sin(f2), w[2], h2, w[1], torch.cos(f0)]
    return np.array([v.item() for v in local]), np.array([v.item() for v in slopes])


def toy_gradient(x, y, beta, omega):
    by_beta = toy_backward(x, y, beta, omega)[1][::-2]
    h = [x]
    for k, activation in enumerate((np.sin, np.exp, np.cos)):
        h.append(activation(beta[k] + omega[k] * h[k]))
    return by_beta, by_beta * np.array(h)


# %% q3_direct_derivatives accept: thirteen formulas
def thirteen_derivatives(theta, psi, phi, x):
    on = lambda z: float(z > 0)
    u1, u2 = theta[0, 0] + theta[0, 1] * x, theta[1, 0] + theta[1, 1] * x
    a1, a2 = max(u1, 0), max(u2, 0)
    v1 = psi[0, 0] + psi[0, 1] * a1 + psi[0, 2] * a2
    v2 = psi[1, 0] + psi[1, 1] * a1 + psi[1, 2] * a2
    t10 = on(u1) * (phi[1] * on(v1) * psi[0, 1] + phi[2] * on(v2) * psi[1, 1])
    t20 = on(u2) * (phi[1] * on(v1) * psi[0, 2] + phi[2] * on(v2) * psi[1, 2])
    p10, p20 = phi[1] * on(v1), phi[2] * on(v2)
    by_theta = np.array([[t10, t10 * x], [t20, t20 * x]])
    by_psi = np.array([[p10, p10 * a1, p10 * a2], [p20, p20 * a1, p20 * a2]])
    return by_theta, by_psi, np.array([1.0, max(v1, 0), max(v2, 0)])


def direct_terms(widths):
    ways = 1
    for units in widths[:0:-1]:
        ways *= units
    return ways


# %% q3_direct_derivatives reject: only one of the two ways
def thirteen_derivatives(theta, psi, phi, x):
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_v = phi[1:] * (v > 0)
    by_u = (u > 0) * by_v * np.diag(psi[:, 1:])
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))


def direct_terms(widths):
    return math.prod(widths[1:])


# %% q3_direct_derivatives reject: source and target of psi confused
def thirteen_derivatives(theta, psi, phi, x):
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_v = phi[1:] * (v > 0)
    by_u = (u > 0) * (psi[:, 1:] @ by_v)
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))


def direct_terms(widths):
    return math.prod(widths[1:])


# %% q3_direct_derivatives reject: second layer's indicator left out
def thirteen_derivatives(theta, psi, phi, x):
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_u = (u > 0) * (phi[1:] @ psi[:, 1:])
    by_v = phi[1:] * (v > 0)
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))


def direct_terms(widths):
    return math.prod(widths[1:])


# %% q3_direct_derivatives reject: products of all layers, the first included
def thirteen_derivatives(theta, psi, phi, x):
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_v = phi[1:] * (v > 0)
    by_u = (u > 0) * (by_v @ psi[:, 1:])
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))


def direct_terms(widths):
    return math.prod(widths)


# %% q3_direct_derivatives reject: as many products as units behind the first layer
def thirteen_derivatives(theta, psi, phi, x):
    u = theta[:, 0] + theta[:, 1] * x
    a = np.maximum(u, 0)
    v = psi[:, 0] + psi[:, 1:] @ a
    by_v = phi[1:] * (v > 0)
    by_u = (u > 0) * (by_v @ psi[:, 1:])
    return np.outer(by_u, [1, x]), np.outer(by_v, np.append(1, a)), np.append(1, np.maximum(v, 0))


def direct_terms(widths):
    return sum(widths[1:])


# %% q4_reverse_mode accept: a global tape in the order of creation
TAPE = []


def reverse_by_hand(x):
    f1 = math.exp(x)
    f2 = f1 * f1
    f3 = f1 + f2
    f4 = math.exp(f3)
    by_f5 = by_f4 = 1.0
    by_f3 = by_f4 * f4 + by_f5 * math.cos(f3)
    by_f2 = by_f3
    by_f1 = by_f3 + by_f2 * 2 * f1
    return np.array([by_f5, by_f4, by_f3, by_f2, by_f1, by_f1 * f1])


class Var:
    def __init__(self, value):
        self.value, self.grad = float(value), 0.0

    def record(self, value, *pairs):
        result = Var(value)
        TAPE.append((result, pairs))
        return result

    def __add__(self, other):
        if isinstance(other, Var):
            return self.record(self.value + other.value, (self, 1.0), (other, 1.0))
        return self.record(self.value + other, (self, 1.0))

    def __mul__(self, other):
        if isinstance(other, Var):
            return self.record(self.value * other.value, (self, other.value), (other, self.value))
        return self.record(self.value * other, (self, other))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def exp(self):
        return self.record(math.exp(self.value), (self, math.exp(self.value)))

    def sin(self):
        return self.record(math.sin(self.value), (self, math.cos(self.value)))

    def backward(self):
        self.grad = 1.0
        for result, pairs in TAPE[::-1]:
            for source, slope in pairs:
                source.grad = source.grad + result.grad * slope


def reverse_gradient(fn, p):
    TAPE.clear()
    inputs = list(map(Var, p))
    fn(inputs).backward()
    return [v.grad for v in inputs]


# %% q4_reverse_mode reject: direct way from f1 to f3 forgotten
def reverse_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d = np.exp(f3) + np.cos(f3)
    by_f1 = d * 2 * f1
    return np.array([1.0, 1.0, d, d, by_f1, by_f1 * f1])


class Var:
    def __init__(self, value, sources=()):
        self.value, self.grad, self.sources = value, 0.0, sources

    def __add__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Var(math.exp(self.value), [(self, math.exp(self.value))])

    def sin(self):
        return Var(math.sin(self.value), [(self, math.cos(self.value))])

    def backward(self):
        order, stack, seen = [], [(self, False)], set()
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(source, False) for source, _ in node.sources]
        self.grad = 1.0
        for node in order[::-1]:
            for source, slope in node.sources:
                source.grad += slope * node.grad


def reverse_gradient(fn, p):
    variables = [Var(v) for v in p]
    fn(variables).backward()
    return [v.grad for v in variables]


# %% q4_reverse_mode reject: minus for the derivative of the sine
def reverse_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d = np.exp(f3) - np.cos(f3)
    return np.array([1.0, 1.0, d, d, d * (1 + 2 * f1), d * (1 + 2 * f1) * f1])


class Var:
    def __init__(self, value, sources=()):
        self.value, self.grad, self.sources = value, 0.0, sources

    def __add__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Var(math.exp(self.value), [(self, math.exp(self.value))])

    def sin(self):
        return Var(math.sin(self.value), [(self, -math.cos(self.value))])

    def backward(self):
        order, stack, seen = [], [(self, False)], set()
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(source, False) for source, _ in node.sources]
        self.grad = 1.0
        for node in order[::-1]:
            for source, slope in node.sources:
                source.grad += slope * node.grad


def reverse_gradient(fn, p):
    variables = [Var(v) for v in p]
    fn(variables).backward()
    return [v.grad for v in variables]


# %% q4_reverse_mode reject: the last use overwrites the first
def reverse_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d = np.exp(f3) + np.cos(f3)
    return np.array([1.0, 1.0, d, d, d * (1 + 2 * f1), d * (1 + 2 * f1) * f1])


class Var:
    def __init__(self, value, sources=()):
        self.value, self.grad, self.sources = value, 0.0, sources

    def __add__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Var(math.exp(self.value), [(self, math.exp(self.value))])

    def sin(self):
        return Var(math.sin(self.value), [(self, math.cos(self.value))])

    def backward(self):
        order, stack, seen = [], [(self, False)], set()
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack += [(source, False) for source, _ in node.sources]
        self.grad = 1.0
        for node in order[::-1]:
            for source, slope in node.sources:
                source.grad = slope * node.grad


def reverse_gradient(fn, p):
    variables = [Var(v) for v in p]
    fn(variables).backward()
    return [v.grad for v in variables]


# %% q4_reverse_mode reject: each Var passes on its sum each time something arrives
def reverse_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d = np.exp(f3) + np.cos(f3)
    return np.array([1.0, 1.0, d, d, d * (1 + 2 * f1), d * (1 + 2 * f1) * f1])


class Var:
    def __init__(self, value, sources=()):
        self.value, self.grad, self.sources = value, 0.0, sources

    def __add__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Var) else Var(other)
        return Var(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Var(math.exp(self.value), [(self, math.exp(self.value))])

    def sin(self):
        return Var(math.sin(self.value), [(self, math.cos(self.value))])

    def backward(self):
        self.grad, queue, seen = 1.0, [self], {self}
        for node in queue:  # nearest first, whether or not all that use it are done
            for source, slope in node.sources:
                source.grad += slope * node.grad
                if source not in seen:
                    seen.add(source)
                    queue.append(source)


def reverse_gradient(fn, p):
    variables = [Var(v) for v in p]
    fn(variables).backward()
    return [v.grad for v in variables]


# %% q5_forward_mode accept: pairs in a tuple, one direction per column
def forward_by_hand(x):
    f1 = math.exp(x)
    f3 = f1 * (1 + f1)
    rise = f1 * (1 + 2 * f1)
    return [f1, 2 * f1**2, rise, rise * math.exp(f3), rise * math.cos(f3), rise * (math.exp(f3) + math.cos(f3))]


class Dual:
    def __init__(self, value, tangent=0.0):
        self.value = value
        self.tangent = tangent

    def parts(self, other):
        return (other.value, other.tangent) if isinstance(other, Dual) else (other, 0.0)

    def __add__(self, other):
        value, tangent = self.parts(other)
        return Dual(self.value + value, self.tangent + tangent)

    def __mul__(self, other):
        value, tangent = self.parts(other)
        return Dual(self.value * value, self.tangent * value + self.value * tangent)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def exp(self):
        return Dual(math.exp(self.value), math.exp(self.value) * self.tangent)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.tangent)


def directional(fn, p, v):
    return fn([Dual(a, b) for a, b in zip(p, v)]).tangent


def forward_gradient(fn, p):
    result = []
    for j in range(len(p)):
        result.append(directional(fn, p, [float(i == j) for i in range(len(p))]))
    return result


def sweeps(inputs, outputs):
    return (inputs, outputs)


mode_facts = dict(forward_needs_a_sweep_per_parameter=True, forward_wins_for_many_outputs=True)
mode_facts.update(one_direction_is_cheap=True, reverse_keeps_nothing=False, forward_is_less_accurate=False)


# %% q5_forward_mode reject: inner derivative of f2 forgotten
def forward_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d2 = 2 * f1
    d3 = f1 + d2
    d4, d5 = np.exp(f3) * d3, np.cos(f3) * d3
    return np.array([f1, d2, d3, d4, d5, d4 + d5])


class Dual:
    def __init__(self, value, tangent):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value * other.value, self.value * other.tangent + self.tangent * other.value)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Dual(math.exp(self.value), math.exp(self.value) * self.tangent)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.tangent)


def directional(fn, p, v):
    return fn([Dual(a, b) for a, b in zip(p, v)]).tangent


def forward_gradient(fn, p):
    return [directional(fn, p, row) for row in np.eye(len(p)).tolist()]


def sweeps(inputs, outputs):
    return inputs, outputs


mode_facts = {"forward_is_less_accurate": False, "forward_needs_a_sweep_per_parameter": True}
mode_facts |= {"forward_wins_for_many_outputs": True, "one_direction_is_cheap": True, "reverse_keeps_nothing": False}


# %% q5_forward_mode reject: plain numbers get the tangent 1, and one sweep for all inputs
def forward_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d3 = f1 + 2 * f1**2
    d4, d5 = np.exp(f3) * d3, np.cos(f3) * d3
    return np.array([f1, 2 * f1**2, d3, d4, d5, d4 + d5])


class Dual:
    def __init__(self, value, tangent=1.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.tangent + self.tangent * other.value)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Dual(math.exp(self.value), math.exp(self.value) * self.tangent)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.tangent)


def directional(fn, p, v):
    return fn([Dual(a, b) for a, b in zip(p, v)]).tangent


def forward_gradient(fn, p):
    return [directional(fn, p, row) for row in np.eye(len(p)).tolist()]


def sweeps(inputs, outputs):
    return 1, outputs


mode_facts = {"forward_is_less_accurate": False, "forward_needs_a_sweep_per_parameter": False}
mode_facts |= {"forward_wins_for_many_outputs": True, "one_direction_is_cheap": True, "reverse_keeps_nothing": False}


# %% q5_forward_mode reject: forward mode held to be inexact, cost the wrong way round
def forward_by_hand(x):
    f1 = np.exp(x)
    f3 = f1 + f1**2
    d3 = f1 + 2 * f1**2
    d4, d5 = np.exp(f3) * d3, np.cos(f3) * d3
    return np.array([f1, 2 * f1**2, d3, d4, d5, d4 + d5])


class Dual:
    def __init__(self, value, tangent):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value * other.value, self.value * other.tangent + self.tangent * other.value)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Dual(math.exp(self.value), math.exp(self.value) * self.tangent)

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.tangent)


def directional(fn, p, v):
    return fn([Dual(a, b) for a, b in zip(p, v)]).tangent


def forward_gradient(fn, p):
    return [directional(fn, p, row) for row in np.eye(len(p)).tolist()]


def sweeps(inputs, outputs):
    return outputs, inputs


mode_facts = {"forward_is_less_accurate": True, "forward_needs_a_sweep_per_parameter": True}
mode_facts |= {"forward_wins_for_many_outputs": False, "one_direction_is_cheap": True, "reverse_keeps_nothing": False}


# %% q6_saturation accept: hyperbolic functions and bisection
def sigmoid_slope(f):
    half = np.minimum(np.abs(f) / 2, 43).astype(f.dtype)
    return (0.5 / np.cosh(half)) ** 2


def largest_product(depth):
    return math.exp(-2 * depth * math.log(2))


def active_range(least):
    low, high = 0.0, 100.0
    for _ in range(200):
        middle = (low + high) / 2
        if 1 / (2 + math.exp(middle) + math.exp(-middle)) >= least:
            low = middle
        else:
            high = middle
    return low


saturation_facts = dict(tends_to_one=False, tends_to_zero_on_both_sides=True, divided_by_e=True)
saturation_facts |= dict(ten_units_keep_a_millionth=False, largest_when_output_is_one=False)


# %% q6_saturation reject: the quotient overflows
def sigmoid_slope(f):
    return np.exp(-f) / (1 + np.exp(-f)) ** 2


def largest_product(depth):
    return 0.25**depth


def active_range(least):
    return 2 * math.acosh(0.5 / math.sqrt(least))


saturation_facts = dict(tends_to_one=False, tends_to_zero_on_both_sides=True, divided_by_e=True)
saturation_facts |= dict(ten_units_keep_a_millionth=False, largest_when_output_is_one=False)


# %% q6_saturation reject: one minus a number near one
def sigmoid_slope(f):
    s = 1 / (1 + np.exp(-f))
    return s * (1 - s)


def largest_product(depth):
    return 0.25**depth


def active_range(least):
    return 2 * math.acosh(0.5 / math.sqrt(least))


saturation_facts = dict(tends_to_one=False, tends_to_zero_on_both_sides=True, divided_by_e=True)
saturation_facts |= dict(ten_units_keep_a_millionth=False, largest_when_output_is_one=False)


# %% q6_saturation reject: the rule of tanh
def sigmoid_slope(f):
    return 1 - (1 / (1 + np.exp(-f))) ** 2


def largest_product(depth):
    return 0.25**depth


def active_range(least):
    return 2 * math.acosh(0.5 / math.sqrt(least))


saturation_facts = dict(tends_to_one=False, tends_to_zero_on_both_sides=True, divided_by_e=True)
saturation_facts |= dict(ten_units_keep_a_millionth=False, largest_when_output_is_one=False)


# %% q6_saturation reject: slope and output confused
def sigmoid_slope(f):
    e = np.exp(-np.abs(f))
    return e / (1 + e) ** 2


def largest_product(depth):
    return 0.5**depth


def active_range(least):
    return abs(math.log(least / (1 - least)))


saturation_facts = dict(tends_to_one=True, tends_to_zero_on_both_sides=False, divided_by_e=True)
saturation_facts |= dict(ten_units_keep_a_millionth=True, largest_when_output_is_one=True)


# %% q7_flat_activations accept: one flat vector of parameters
def difference_gradients(a, omega, beta, phi, phi0, x, y, eps):
    shapes = [np.shape(part) for part in (omega, beta, phi, phi0)]
    flat = np.concatenate([np.ravel(part) for part in (omega, beta, phi, phi0)])
    cuts = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

    def split(vector):
        return [part.reshape(shape) for part, shape in zip(np.split(vector, cuts), shapes)]

    def loss(vector):
        w, b, v, c = split(vector)
        return ((c + a(x @ w.T + b) @ v - y) ** 2).mean()

    steps = np.eye(len(flat)) * eps
    return tuple(split(np.array([(loss(flat + s) - loss(flat - s)) / (2 * eps) for s in steps])))


everything = {"omega", "beta", "phi", "phi0"}
learns = {"relu": everything, "leaky_relu": everything}
learns["step"] = learns["rectangle"] = everything - {"omega", "beta"}
flat_facts = dict(more_epochs_help=False, difference_settles_at_a_jump=False)
flat_facts |= dict(output_layer_still_learns=True, rectangle_switches_off_again=True)


# %% q7_flat_activations reject: with a flat activation nothing learns
def difference_gradients(a, omega, beta, phi, phi0, x, y, eps):
    parts = [np.array(part, dtype=float) for part in (omega, beta, phi, phi0)]
    loss = lambda: np.mean((parts[3] + a(x @ parts[0].T + parts[1]) @ parts[2] - y) ** 2)
    gradients = []
    for part in parts:
        gradient = np.zeros_like(part)
        for index in np.ndindex(part.shape):
            kept = part[index]
            part[index] = kept + eps
            above = loss()
            part[index] = kept - eps
            gradient[index] = (above - loss()) / (2 * eps)
            part[index] = kept
        gradients.append(gradient)
    return tuple(gradients)


everything = {"omega", "beta", "phi", "phi0"}
learns = {"step": set(), "rectangle": set(), "relu": everything, "leaky_relu": everything}
flat_facts = dict(more_epochs_help=False, difference_settles_at_a_jump=False)
flat_facts |= dict(output_layer_still_learns=False, rectangle_switches_off_again=True)


# %% q7_flat_activations reject: small but not zero, so train for longer
def difference_gradients(a, omega, beta, phi, phi0, x, y, eps):
    parts = [np.array(part, dtype=float) for part in (omega, beta, phi, phi0)]
    loss = lambda: np.mean((parts[3] + a(x @ parts[0].T + parts[1]) @ parts[2] - y) ** 2)
    gradients = []
    for part in parts:
        gradient = np.zeros_like(part)
        for index in np.ndindex(part.shape):
            kept = part[index]
            part[index] = kept + eps
            above = loss()
            part[index] = kept - eps
            gradient[index] = (above - loss()) / (2 * eps)
            part[index] = kept
        gradients.append(gradient)
    return tuple(gradients)


everything = {"omega", "beta", "phi", "phi0"}
learns = {"step": {"phi", "phi0"}, "rectangle": everything, "relu": everything, "leaky_relu": everything}
flat_facts = dict(more_epochs_help=True, difference_settles_at_a_jump=True)
flat_facts |= dict(output_layer_still_learns=True, rectangle_switches_off_again=False)


# %% q7_flat_activations reject: forward difference, and the arrays are left changed
def difference_gradients(a, omega, beta, phi, phi0, x, y, eps):
    parts = [omega, beta, phi, np.array(phi0)]
    loss = lambda: np.mean((parts[3] + a(x @ parts[0].T + parts[1]) @ parts[2] - y) ** 2)
    gradients = []
    for part in parts:
        gradient = np.zeros_like(part)
        for index in np.ndindex(part.shape):
            below = loss()
            part[index] += eps
            gradient[index] = (loss() - below) / eps
            part[index] -= eps
        gradients.append(gradient)
    return tuple(gradients)


everything = {"omega", "beta", "phi", "phi0"}
learns = {"step": {"phi", "phi0"}, "rectangle": {"phi", "phi0"}, "relu": everything, "leaky_relu": everything}
flat_facts = dict(more_epochs_help=False, difference_settles_at_a_jump=False)
flat_facts |= dict(output_layer_still_learns=True, rectangle_switches_off_again=True)


# %% q8_jacobians accept: one backward pass per output, masks in place of diagonal matrices
def jacobian(fn, h):
    point = h.clone().requires_grad_()
    z = fn(point)
    columns = [torch.autograd.grad(entry, point, retain_graph=True)[0] for entry in z]
    return torch.stack(columns, dim=1)


def linear_jacobian(omega):
    return np.einsum("ij->ji", omega)


def factor_shapes(d1, d2, d3, d_o):
    sizes = [d2, d2, d3, d3, d_o, 1]
    return list(zip(sizes, sizes[1:])) + [(d2, 1)]


def factors(omega2, omega3, f1, f2, slope):
    five = [np.eye(len(f1)) * (f1 > 0), omega2.T, np.eye(len(f2)) * (f2 > 0), omega3.T, slope.reshape(-1, 1)]
    result = five[4]
    for matrix in five[3::-1]:
        result = matrix @ result
    return five + [result]


# %% q8_jacobians accept: central differences
def jacobian(fn, h):
    rows = []
    for j in range(len(h)):
        step = torch.zeros_like(h)
        step[j] = 1e-6
        rows.append((fn(h + step) - fn(h - step)) / 2e-6)
    return torch.stack(rows)


def linear_jacobian(omega):
    return np.swapaxes(omega, 0, 1)


def factor_shapes(d1, d2, d3, d_o):
    return [[d2, d2], [d2, d3], [d3, d3], [d3, d_o], [d_o, 1], [d2, 1]]


def factors(omega2, omega3, f1, f2, slope):
    on1, on2 = (f1 > 0).astype(float), (f2 > 0).astype(float)
    column = slope[:, np.newaxis]
    result = on1[:, None] * (omega2.T @ (on2[:, None] * (omega3.T @ column)))
    return [np.diag(on1), omega2.T, np.diag(on2), omega3.T, column, result]


# %% q8_jacobians reject: torch's layout
def jacobian(fn, h):
    return torch.autograd.functional.jacobian(fn, h)


def linear_jacobian(omega):
    return omega


def factor_shapes(d1, d2, d3, d_o):
    return [(d2, d2), (d3, d2), (d3, d3), (d_o, d3), (d_o, 1), (d2, 1)]


def factors(omega2, omega3, f1, f2, slope):
    five = [np.diag(1.0 * (f1 > 0)), omega2.T, np.diag(1.0 * (f2 > 0)), omega3.T, slope[:, None]]
    return five + [np.linalg.multi_dot(five)]


# %% q8_jacobians reject: derivatives of activations as vectors
def jacobian(fn, h):
    return torch.autograd.functional.jacobian(fn, h).T


def linear_jacobian(omega):
    return omega.T


def factor_shapes(d1, d2, d3, d_o):
    return [(d2, 1), (d2, d3), (d3, 1), (d3, d_o), (d_o, 1), (d2, 1)]


def factors(omega2, omega3, f1, f2, slope):
    on1, on2, column = (f1 > 0)[:, None], (f2 > 0)[:, None], slope[:, None]
    return [on1, omega2.T, on2, omega3.T, column, on1 * (omega2.T @ (on2 * (omega3.T @ column)))]


# %% q8_jacobians reject: widths one layer off
def jacobian(fn, h):
    return torch.autograd.functional.jacobian(fn, h).T


def linear_jacobian(omega):
    return omega.T


def factor_shapes(d1, d2, d3, d_o):
    return [(d1, d1), (d1, d2), (d2, d2), (d2, d3), (d3, 1), (d1, 1)]


def factors(omega2, omega3, f1, f2, slope):
    five = [np.diag(1.0 * (f1 > 0)), omega2.T, np.diag(1.0 * (f2 > 0)), omega3.T, slope[:, None]]
    return five + [np.linalg.multi_dot(five)]


# %% q8_jacobians reject: a unit at its joint counts as on
def jacobian(fn, h):
    return torch.autograd.functional.jacobian(fn, h).T


def linear_jacobian(omega):
    return omega.T


def factor_shapes(d1, d2, d3, d_o):
    return [(d2, d2), (d2, d3), (d3, d3), (d3, d_o), (d_o, 1), (d2, 1)]


def factors(omega2, omega3, f1, f2, slope):
    five = [np.diag(1.0 * (f1 >= 0)), omega2.T, np.diag(1.0 * (f2 >= 0)), omega3.T, slope[:, None]]
    return five + [np.linalg.multi_dot(five)]


# %% q9_linear_layer accept: loops and sums of outer products
def entry_derivative(h, i, j, k):
    return float(i == k) * float(h[j])


def linear_backward(h, omega, slope):
    by_omega, by_beta, by_h = np.zeros(omega.shape), np.zeros(len(omega)), np.zeros(h.shape)
    for n in range(len(h)):
        by_omega += np.outer(slope[n], h[n])
        by_beta += slope[n]
        by_h[n] = omega.T @ slope[n]
    return by_omega, by_beta, by_h


def matrix_backward(x, omega, slope):
    return np.einsum("mc,dc->md", slope, x), np.einsum("md,mc->dc", omega, slope)


def gradient_shapes(n, d, c, m):
    shapes = {"batch_weight": torch.Size([m, d]), "batch_input": torch.Size([n, d])}
    shapes |= {"matrix_weight": torch.Size([m, d]), "matrix_input": torch.Size([d, c])}
    return shapes | {"full_weight": torch.Size([m, d, c]), "jacobian": torch.Size([m, c, m, d])}


# %% q9_linear_layer reject: outer product on its side
def entry_derivative(h, i, j, k):
    return h[j] if k == i else 0.0


def linear_backward(h, omega, slope):
    return h.T @ slope, slope.sum(axis=0), slope @ omega


def matrix_backward(x, omega, slope):
    return slope @ x.T, omega.T @ slope


def gradient_shapes(n, d, c, m):
    shapes = {"batch_weight": (d, m), "batch_input": (n, d), "matrix_weight": (d, m), "matrix_input": (d, c)}
    return shapes | {"full_weight": (m, d, c), "jacobian": (m, c, m, d)}


# %% q9_linear_layer reject: mean over the batch
def entry_derivative(h, i, j, k):
    return h[j] if k == i else 0.0


def linear_backward(h, omega, slope):
    return slope.T @ h / len(h), slope.mean(axis=0), slope @ omega


def matrix_backward(x, omega, slope):
    return slope @ x.T, omega.T @ slope


def gradient_shapes(n, d, c, m):
    shapes = {"batch_weight": (m, d), "batch_input": (n, d), "matrix_weight": (m, d), "matrix_input": (d, c)}
    return shapes | {"full_weight": (m, d, c), "jacobian": (m, c, m, d)}


# %% q9_linear_layer reject: the sum over both indices, every row the same
def entry_derivative(h, i, j, k):
    return h[j]


def linear_backward(h, omega, slope):
    rows = np.outer(np.ones(len(omega)), slope.sum(axis=1) @ h)
    return rows, slope.sum(axis=0), slope @ omega


def matrix_backward(x, omega, slope):
    return slope @ x.T, omega.T @ slope


def gradient_shapes(n, d, c, m):
    shapes = {"batch_weight": (m, d), "batch_input": (n, d), "matrix_weight": (m, d), "matrix_input": (d, c)}
    return shapes | {"full_weight": (m, d, c), "jacobian": (m, c, m, d)}


# %% q9_linear_layer reject: one matrix per example, and always a weight per entry
def entry_derivative(h, i, j, k):
    return h[j] if k == i else 0.0


def linear_backward(h, omega, slope):
    return slope[:, :, None] * h[:, None, :], slope.sum(axis=0), slope @ omega


def matrix_backward(x, omega, slope):
    return slope @ x.T, omega.T @ slope


def gradient_shapes(n, d, c, m):
    shapes = {"batch_weight": (n, m, d), "batch_input": (n, d), "matrix_weight": (m, d, c), "matrix_input": (d, c)}
    return shapes | {"full_weight": (m, d, c), "jacobian": (m, c, m, d)}


# %% q10_leaky_relu accept: recursion over the layers
def leaky_backward(omegas, betas, x, y, alpha):
    def descend(h, layer):
        """Derivatives of this layer and of all behind it, and of the values h that enter it."""
        f = h @ omegas[layer].T + betas[layer]
        if layer == len(omegas) - 1:
            by_f, later = -2 * (y - f), ([], [])
        else:
            factor = alpha + (1 - alpha) * (f > 0)
            by_h, later = descend(f * factor, layer + 1)
            by_f = by_h * factor
        return by_f @ omegas[layer], ([by_f.T @ h] + later[0], [by_f.sum(0)] + later[1])

    return descend(x, 0)[1]


# %% q10_leaky_relu reject: the source's two strict indicators
def leaky_backward(omegas, betas, x, y, alpha):
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * ((f[k - 1] > 0) + alpha * (f[k - 1] < 0))
    return by_omegas, by_betas


# %% q10_leaky_relu reject: plain ReLU on the way back
def leaky_backward(omegas, betas, x, y, alpha):
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * (f[k - 1] > 0)
    return by_omegas, by_betas


# %% q10_leaky_relu reject: alpha on the positive side
def leaky_backward(omegas, betas, x, y, alpha):
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * np.where(f[k - 1] > 0, alpha, 1)
    return by_omegas, by_betas


# %% q10_leaky_relu reject: an activation factor on the output layer, too
def leaky_backward(omegas, betas, x, y, alpha):
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y) * np.where(f[-1] > 0, 1, alpha)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * np.where(f[k - 1] > 0, 1, alpha)
    return by_omegas, by_betas


# %% q10_leaky_relu reject: mean over the examples
def leaky_backward(omegas, betas, x, y, alpha):
    h, f = [x], []
    for omega, beta in zip(omegas, betas):
        f.append(h[-1] @ omega.T + beta)
        h.append(np.maximum(f[-1], alpha * f[-1]))
    slope = 2 * (f[-1] - y) / len(x)
    by_omegas, by_betas = [], []
    for k in reversed(range(len(omegas))):
        by_omegas.insert(0, slope.T @ h[k])
        by_betas.insert(0, slope.sum(axis=0))
        if k > 0:
            slope = slope @ omegas[k] * np.where(f[k - 1] > 0, 1, alpha)
    return by_omegas, by_betas


# %% q11_penalised_network accept: one example at a time
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    def one(x, y):
        z = omega0 @ x + beta0
        h = activation[0](z)
        f = omega1 @ h + beta1
        if loss == "squares":
            value, delta = 0.5 * np.square(f - y), f - y
        elif loss == "probability":
            value = -np.log(np.where(y == 1, f, 1 - f))
            delta = np.where(y == 1, -1 / f, 1 / (1 - f))
        else:
            value = np.maximum(f, 0) - f * y + np.log1p(np.exp(-np.abs(f)))
            small = np.exp(-np.abs(f))
            delta = np.where(f > 0, 1, small) / (1 + small) - y
        gamma = (omega1.T @ delta) * activation[1](z)
        return value.sum(), np.outer(gamma, x), gamma, np.outer(delta, h), delta, omega0.T @ gamma

    rows = [one(a, b) for a, b in zip(x, y)]
    value, by0, by_b0, by1, by_b1 = (sum(row[k] for row in rows) / len(rows) for k in range(5))
    penalty = 0.5 * lam * (np.linalg.norm(omega0) ** 2 + np.linalg.norm(omega1) ** 2)
    result = dict(L=value + penalty, omega0=by0 + lam * omega0, beta0=by_b0, omega1=by1 + lam * omega1, beta1=by_b1)
    return result | {"x": np.array([row[5] for row in rows]) / len(rows)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: hidden values as the error signal
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), h[:, :1] - y
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, h[:, :1] - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(z)
    result = {"L": terms.mean(0).sum() + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0)}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: output minus target without a sigmoid, too
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), f - y
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, np.exp(-np.logaddexp(0, -f)) - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(z)
    result = {"L": terms.mean(0).sum() + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0)}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: penalises the biases, too, and draws it so
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), (f - y) / (f * (1 - f))
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, np.exp(-np.logaddexp(0, -f)) - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(z)
    parts = [omega0, beta0, omega1, beta1]
    result = {"L": terms.mean(0).sum() + lam / 2 * sum((p**2).sum() for p in parts), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0) + lam * beta0}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0) + lam * beta1}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    edges |= {("beta0", "s"), ("beta1", "s")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: slope of the activation taken at its output
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), (f - y) / (f * (1 - f))
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, np.exp(-np.logaddexp(0, -f)) - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(h)
    result = {"L": terms.mean(0).sum() + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0)}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: sums not divided by N, twice the penalty
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), (f - y) / (f * (1 - f))
    else:
        terms, by_f = np.logaddexp(0, f) - y * f, np.exp(-np.logaddexp(0, -f)) - y
    by_z = by_f @ omega1 * a_slope(z)
    result = {"L": terms.mean(0).sum() + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0)}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q11_penalised_network reject: logarithm of a rounded probability
def network_gradients(x, y, omega0, beta0, omega1, beta1, lam, activation, loss):
    a, a_slope = activation
    z = x @ omega0.T + beta0
    h = a(z)
    f = h @ omega1.T + beta1
    if loss == "squares":
        terms, by_f = (f - y) ** 2 / 2, f - y
    elif loss == "probability":
        terms, by_f = -y * np.log(f) - (1 - y) * np.log(1 - f), (f - y) / (f * (1 - f))
    else:
        p = 1 / (1 + np.exp(-f))
        terms, by_f = -y * np.log(p) - (1 - y) * np.log(1 - p), p - y
    by_f = by_f / len(x)
    by_z = by_f @ omega1 * a_slope(z)
    result = {"L": terms.mean(0).sum() + lam / 2 * ((omega0**2).sum() + (omega1**2).sum()), "x": by_z @ omega0}
    result |= {"omega0": by_z.T @ x + lam * omega0, "beta0": by_z.sum(0)}
    return result | {"omega1": by_f.T @ h + lam * omega1, "beta1": by_f.sum(0)}


def graph_edges():
    edges = {("x", "z"), ("omega0", "z"), ("beta0", "z"), ("z", "h"), ("h", "f"), ("omega1", "f"), ("beta1", "f")}
    return edges | {("f", "l"), ("y", "l"), ("omega0", "s"), ("omega1", "s"), ("l", "L"), ("s", "L")}


# %% q12_numerical_gradients accept: loops, and one entry at a time
def passes(count, scheme):
    return {"forward": 1 + count, "central": count + count}[scheme]


def numerical_gradient(f, theta, eps, scheme):
    result = np.zeros(len(theta))
    base = f(theta.copy()) if scheme == "forward" else 0.0
    for j in range(len(theta)):
        up = theta.copy()
        up[j] += eps
        if scheme == "forward":
            result[j] = (f(up) - base) / eps
        else:
            down = theta.copy()
            down[j] -= eps
            result[j] = (f(up) - f(down)) / eps / 2
    return result


def best_step(f, df, x, scheme):
    best, least = None, float("inf")
    for k in range(1, 16):
        eps = 10.0**-k
        back = eps if scheme == "central" else 0.0
        error = abs((f(x + eps) - f(x - back)) / (eps + back) - df(x))
        if error < least:
            best, least = eps, error
    return best


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / (2 * eps)
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: all parameters moved at once
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    low = theta - eps if scheme == "central" else theta
    width = 2 * eps if scheme == "central" else eps
    return np.array([(f(theta + eps) - f(low)) / width for _ in theta])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / (2 * eps)
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: central quotient divided by eps
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / eps for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / eps
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: the smaller the better
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    return 1e-15


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / (2 * eps)
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=True, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: edits the tensor itself
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    gradients = []
    for t in tensors:
        gradient = torch.zeros(t.shape, dtype=t.dtype)
        for index in np.ndindex(t.shape):
            t.data[index] += eps
            above = loss(*tensors)
            t.data[index] -= 2 * eps
            gradient[index] = ((above - loss(*tensors)) / (2 * eps)).detach()
            t.data[index] += eps
        gradients.append(gradient)
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: in place on a copy that requires a gradient, as in the source
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


import copy


def numerical_gradients(loss, *tensors, eps=1e-6):
    gradients = []
    for k, t in enumerate(tensors):
        gradient = torch.zeros(t.shape, dtype=t.dtype)
        for index in np.ndindex(t.shape):
            up, down = copy.deepcopy(t), copy.deepcopy(t)
            up[index] += eps
            down[index] -= eps
            high = loss(*tensors[:k], up, *tensors[k + 1 :])
            gradient[index] = (high - loss(*tensors[:k], down, *tensors[k + 1 :])) / (2 * eps)
        gradients.append(gradient)
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: autograd in disguise
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    with torch.enable_grad():
        points = [t.detach().clone().requires_grad_() for t in tensors]
        return torch.autograd.grad(loss(*points), points)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: mean over the rows only, and a relative check
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / (2 * eps)
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    return x.mean(0)[:, None].repeat(1, len(beta)), torch.ones_like(beta)


def gradients_agree(loss, gradients, *tensors):
    return all(torch.allclose(a, b) for a, b in zip(gradients, numerical_gradients(loss, *tensors)))


difference_facts = dict(smaller_is_better=False, needs_known_operations=False, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=False, float32_needs_larger_steps=True)


# %% q12_numerical_gradients reject: differences held to need known operations
def passes(count, scheme):
    return 2 * count if scheme == "central" else count + 1


def numerical_gradient(f, theta, eps, scheme):
    steps = eps * np.eye(len(theta))
    if scheme == "central":
        return np.array([(f(theta + s) - f(theta - s)) / (2 * eps) for s in steps])
    start = f(theta)
    return np.array([(f(theta + s) - start) / eps for s in steps])


def best_step(f, df, x, scheme):
    def error(eps):
        return abs(numerical_gradient(lambda theta: f(theta[0]), np.array([x]), eps, scheme)[0] - df(x))

    return min((10.0**-k for k in range(1, 16)), key=error)


def numerical_gradients(loss, *tensors, eps=1e-6):
    points = [t.detach().clone(memory_format=torch.contiguous_format) for t in tensors]
    gradients = []
    for point in points:
        gradient = torch.zeros_like(point)
        for index in np.ndindex(point.shape):
            kept = point[index].item()
            point[index] = kept + eps
            above = loss(*points)
            point[index] = kept - eps
            gradient[index] = (above - loss(*points)) / (2 * eps)
            point[index] = kept
        gradients.append(gradient.detach())
    return tuple(gradients)


def linear_mean_gradients(x, omega, beta):
    m = len(beta)
    return (x.mean(0) / m)[:, None].repeat(1, m), torch.full_like(beta, 1 / m)


def gradients_agree(loss, gradients, *tensors):
    found = numerical_gradients(loss, *tensors)
    return max((a - b).abs().max().item() for a, b in zip(gradients, found)) <= 1e-5


difference_facts = dict(smaller_is_better=False, needs_known_operations=True, cost_grows_with_parameters=True)
difference_facts |= dict(half_step_quarter_error=True, noise_does_no_harm=True, float32_needs_larger_steps=True)


# %% q13_memory accept: a list of all that is kept
def inference_floats(n, d, h, q):
    return h * d + q * h + max(n * d + n * h, n * h + n * q)


def training_floats(n, d, h, q, optimizer):
    states = ["sgd", "momentum", "adam"].index(optimizer)
    return (2 + states) * (h * d + q * h) + n * (d + h + q)


def saved_floats(net, x, y):
    kept = []

    def pack(tensor):
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.functional.cross_entropy(net(x), y)
    known = [p.data_ptr() for p in net.parameters()]
    total = 0
    for tensor in kept:
        if tensor.dtype.is_floating_point and tensor.shape != () and tensor.data_ptr() not in known:
            known.append(tensor.data_ptr())
            total += tensor.numel()
    return total


memory_facts = dict(batch_doubles_all=False, hidden_values_can_go=False)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q13_memory reject: the source's list: no hidden values, no gradients, no batch
def inference_floats(n, d, h, q):
    return h * (d + q)


def training_floats(n, d, h, q, optimizer):
    return h * (d + q) + d + q


def saved_floats(net, x, y):
    kept = []

    def pack(tensor):
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.functional.cross_entropy(net(x), y)
    known = [p.data_ptr() for p in net.parameters()]
    total = 0
    for tensor in kept:
        if tensor.dtype.is_floating_point and tensor.shape != () and tensor.data_ptr() not in known:
            known.append(tensor.data_ptr())
            total += tensor.numel()
    return total


memory_facts = dict(batch_doubles_all=False, hidden_values_can_go=True)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q13_memory reject: activations counted once, not per example
def inference_floats(n, d, h, q):
    return h * d + q * h + max(d + h, h + q)


def training_floats(n, d, h, q, optimizer):
    states = ["sgd", "momentum", "adam"].index(optimizer)
    return (2 + states) * (h * d + q * h) + d + h + q


def saved_floats(net, x, y):
    kept = []

    def pack(tensor):
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.functional.cross_entropy(net(x), y)
    known = [p.data_ptr() for p in net.parameters()]
    total = 0
    for tensor in kept:
        if tensor.dtype.is_floating_point and tensor.shape != () and tensor.data_ptr() not in known:
            known.append(tensor.data_ptr())
            total += tensor.numel()
    return total


memory_facts = dict(batch_doubles_all=False, hidden_values_can_go=False)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q13_memory reject: everything doubles with the batch
def inference_floats(n, d, h, q):
    return h * d + q * h + n * (d + h + q)


def training_floats(n, d, h, q, optimizer):
    states = ["sgd", "momentum", "adam"].index(optimizer)
    return (2 + states) * (h * d + q * h) + n * (d + h + q)


def saved_floats(net, x, y):
    kept = []

    def pack(tensor):
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.functional.cross_entropy(net(x), y)
    known = [p.data_ptr() for p in net.parameters()]
    total = 0
    for tensor in kept:
        if tensor.dtype.is_floating_point and tensor.shape != () and tensor.data_ptr() not in known:
            known.append(tensor.data_ptr())
            total += tensor.numel()
    return total


memory_facts = dict(batch_doubles_all=True, hidden_values_can_go=False)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q13_memory reject: counts what is shared twice
def inference_floats(n, d, h, q):
    return h * d + q * h + max(n * d + n * h, n * h + n * q)


def training_floats(n, d, h, q, optimizer):
    states = ["sgd", "momentum", "adam"].index(optimizer)
    return (2 + states) * (h * d + q * h) + n * (d + h + q)


def saved_floats(net, x, y):
    sizes = []

    def pack(tensor):
        if tensor.is_floating_point() and tensor.dim() > 0:
            sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        nn.functional.cross_entropy(net(x), y)
    return sum(sizes)


memory_facts = dict(batch_doubles_all=False, hidden_values_can_go=False)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q13_memory reject: sizes of the outputs of all layers
def inference_floats(n, d, h, q):
    return h * d + q * h + max(n * d + n * h, n * h + n * q)


def training_floats(n, d, h, q, optimizer):
    states = ["sgd", "momentum", "adam"].index(optimizer)
    return (2 + states) * (h * d + q * h) + n * (d + h + q)


def saved_floats(net, x, y):
    total, layers = x.numel(), net if isinstance(net, nn.Sequential) else [net]
    for layer in layers:
        x = layer(x)
        if isinstance(layer, nn.Linear):
            total += x.numel()
    return total


memory_facts = dict(batch_doubles_all=False, hidden_values_can_go=False)
memory_facts |= dict(adam_takes_three_times=True, no_grad_keeps_nothing=True)


# %% q14_checkpointing accept: dictionaries of numbered values
def checkpointed_gradients(layers, x, loss_slope, every):
    kept, h = {0: x}, x
    for k, layer in enumerate(layers, start=1):
        h = layer.forward(h)
        if k % every == 0 and k < len(layers):
            kept[k] = h
    slope = loss_slope(h)
    del h
    gradients = [None] * len(layers)

    def segment(start, stop, slope):
        values = {start: kept.pop(start)}
        for k in range(start, stop - 1):
            values[k + 1] = layers[k].forward(values[k])
        for k in range(stop - 1, start - 1, -1):
            gradients[k], slope = layers[k].backward(values.pop(k), slope)
        return slope

    stop = len(layers)
    while stop > 0:
        start = (stop - 1) // every * every
        slope = segment(start, stop, slope)
        stop = start
    return gradients


def peak_values(depth, every):
    return len([k for k in range(1, depth) if k % every == 0]) + every - 1


def best_every(depth):
    counts = {every: peak_values(depth, every) for every in range(1, depth + 1)}
    return next(every for every in counts if counts[every] == min(counts.values()))


# %% q14_checkpointing reject: everything kept
def checkpointed_gradients(layers, x, loss_slope, every):
    values = [x]
    for layer in layers:
        values.append(layer.forward(values[-1]))
    slope, gradients = loss_slope(values.pop()), []
    for layer in reversed(layers):
        gradient, slope = layer.backward(values.pop(), slope)
        gradients.append(gradient)
    return gradients[::-1]


def peak_values(depth, every):
    return len([k for k in range(1, depth) if k % every == 0]) + every - 1


def best_every(depth):
    counts = {every: peak_values(depth, every) for every in range(1, depth + 1)}
    return next(every for every in counts if counts[every] == min(counts.values()))


# %% q14_checkpointing reject: each value computed anew from the input
def checkpointed_gradients(layers, x, loss_slope, every):
    def value(k):
        h = x
        for layer in layers[:k]:
            h = layer.forward(h)
        return h

    slope, gradients = loss_slope(value(len(layers))), []
    for k in reversed(range(len(layers))):
        gradient, slope = layers[k].backward(value(k), slope)
        gradients.append(gradient)
    return gradients[::-1]


def peak_values(depth, every):
    return len([k for k in range(1, depth) if k % every == 0]) + every - 1


def best_every(depth):
    counts = {every: peak_values(depth, every) for every in range(1, depth + 1)}
    return next(every for every in counts if counts[every] == min(counts.values()))


# %% q14_checkpointing reject: a checkpoint stands in for the values behind it
def checkpointed_gradients(layers, x, loss_slope, every):
    kept, h = [], x
    for k, layer in enumerate(layers):
        if k % every == 0:
            kept.append(h)
        h = layer.forward(h)
    slope, gradients = loss_slope(h), []
    for k in reversed(range(len(layers))):
        gradient, slope = layers[k].backward(kept[k // every], slope)
        gradients.append(gradient)
    return gradients[::-1]


def peak_values(depth, every):
    return len([k for k in range(1, depth) if k % every == 0]) + every - 1


def best_every(depth):
    counts = {every: peak_values(depth, every) for every in range(1, depth + 1)}
    return next(every for every in counts if counts[every] == min(counts.values()))


# %% q14_checkpointing reject: a segment lives on while the next is computed
def checkpointed_gradients(layers, x, loss_slope, every):
    kept, h = [], x
    for k, layer in enumerate(layers):
        if k % every == 0:
            kept.append(h)
        h = layer.forward(h)
    slope, gradients = loss_slope(h), []
    for start in reversed(range(0, len(layers), every)):
        fresh = [kept.pop()]
        for layer in layers[start : start + every][:-1]:
            fresh.append(layer.forward(fresh[-1]))
        values = fresh
        for layer, value in zip(reversed(layers[start : start + every]), reversed(values)):
            gradient, slope = layer.backward(value, slope)
            gradients.append(gradient)
    return gradients[::-1]


def peak_values(depth, every):
    return len([k for k in range(1, depth) if k % every == 0]) + every - 1


def best_every(depth):
    counts = {every: peak_values(depth, every) for every in range(1, depth + 1)}
    return next(every for every in counts if counts[every] == min(counts.values()))


# %% q14_checkpointing reject: the last value counted as a checkpoint, and the root of the depth
def checkpointed_gradients(layers, x, loss_slope, every):
    kept, h = {0: x}, x
    for k, layer in enumerate(layers, start=1):
        h = layer.forward(h)
        if k % every == 0 and k < len(layers):
            kept[k] = h
    slope = loss_slope(h)
    del h
    gradients = [None] * len(layers)

    def segment(start, stop, slope):
        values = {start: kept.pop(start)}
        for k in range(start, stop - 1):
            values[k + 1] = layers[k].forward(values[k])
        for k in range(stop - 1, start - 1, -1):
            gradients[k], slope = layers[k].backward(values.pop(k), slope)
        return slope

    stop = len(layers)
    while stop > 0:
        start = (stop - 1) // every * every
        slope = segment(start, stop, slope)
        stop = start
    return gradients


def peak_values(depth, every):
    return depth // every + every - 1


def best_every(depth):
    return max(1, round(depth**0.5))


# %% q15_two_devices accept: a stand-in loss, and sums divided at the end
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    received = sent.detach().clone().requires_grad_()
    gradients = torch.autograd.grad(loss(second(received), y), list(second.parameters()) + [received])
    # a number whose gradient is the derivative that came back
    stand_in = (sent * gradients[-1]).sum()
    return list(torch.autograd.grad(stand_in, list(first.parameters()))) + list(gradients[:-1])


def accumulated_gradients(net, loss_sum, x, y, chunk):
    sums = None
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        new = torch.autograd.grad(loss_sum(net(x[rows]), y[rows]), list(net.parameters()))
        sums = new if sums is None else [a + b for a, b in zip(sums, new)]
    return [s / len(x) for s in sums]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=False)


# %% q15_two_devices reject: the graph travels over the border
def two_stage_gradients(first, second, x, y, loss):
    parameters = [*first.parameters(), *second.parameters()]
    return list(torch.autograd.grad(loss(second(first(x)), y), parameters))


def accumulated_gradients(net, loss_sum, x, y, chunk):
    sums = None
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        new = torch.autograd.grad(loss_sum(net(x[rows]), y[rows]), list(net.parameters()))
        sums = new if sums is None else [a + b for a, b in zip(sums, new)]
    return [s / len(x) for s in sums]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=False)


# %% q15_two_devices reject: nothing comes back over the border
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    value = loss(second(sent.detach()), y)
    ones = torch.autograd.grad(sent.sum(), list(first.parameters()))
    return [*ones, *torch.autograd.grad(value, list(second.parameters()))]


def accumulated_gradients(net, loss_sum, x, y, chunk):
    sums = None
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        new = torch.autograd.grad(loss_sum(net(x[rows]), y[rows]), list(net.parameters()))
        sums = new if sums is None else [a + b for a, b in zip(sums, new)]
    return [s / len(x) for s in sums]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=False)


# %% q15_two_devices reject: means of unequal chunks averaged
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    received = sent.detach().clone().requires_grad_()
    gradients = torch.autograd.grad(loss(second(received), y), list(second.parameters()) + [received])
    # a number whose gradient is the derivative that came back
    stand_in = (sent * gradients[-1]).sum()
    return list(torch.autograd.grad(stand_in, list(first.parameters()))) + list(gradients[:-1])


def accumulated_gradients(net, loss_sum, x, y, chunk):
    parameters, parts = list(net.parameters()), list(zip(x.split(chunk), y.split(chunk)))
    totals = [torch.zeros_like(p) for p in parameters]
    for rows, targets in parts:
        mean = loss_sum(net(rows), targets) / len(rows)
        totals = [t + g / len(parts) for t, g in zip(totals, torch.autograd.grad(mean, parameters))]
    return totals


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=False)


# %% q15_two_devices reject: writes .grad
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    received = sent.detach().clone().requires_grad_()
    gradients = torch.autograd.grad(loss(second(received), y), list(second.parameters()) + [received])
    # a number whose gradient is the derivative that came back
    stand_in = (sent * gradients[-1]).sum()
    return list(grads_of(stand_in, first)) + list(gradients[:-1])


def grads_of(value, module):
    value.backward()
    return [p.grad for p in module.parameters()]


def accumulated_gradients(net, loss_sum, x, y, chunk):
    net.zero_grad()
    for rows, targets in zip(x.split(chunk), y.split(chunk)):
        (loss_sum(net(rows), targets) / len(x)).backward()
    return [p.grad for p in net.parameters()]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=False)


# %% q15_two_devices reject: data parallelism taken for a split of the weights, as in the source
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    received = sent.detach().clone().requires_grad_()
    gradients = torch.autograd.grad(loss(second(received), y), list(second.parameters()) + [received])
    # a number whose gradient is the derivative that came back
    stand_in = (sent * gradients[-1]).sum()
    return list(torch.autograd.grad(stand_in, list(first.parameters()))) + list(gradients[:-1])


def accumulated_gradients(net, loss_sum, x, y, chunk):
    sums = None
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        new = torch.autograd.grad(loss_sum(net(x[rows]), y[rows]), list(net.parameters()))
        sums = new if sums is None else [a + b for a, b in zip(sums, new)]
    return [s / len(x) for s in sums]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights / devices + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    ticks = stages + chunks - 1
    return 1 - chunks / ticks


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=False)
split_facts |= dict(more_chunks_less_idle=True, data_parallel_shrinks_weights=True)


# %% q15_two_devices reject: idle as if each chunk went through alone
def two_stage_gradients(first, second, x, y, loss):
    sent = first(x)
    received = sent.detach().clone().requires_grad_()
    gradients = torch.autograd.grad(loss(second(received), y), list(second.parameters()) + [received])
    # a number whose gradient is the derivative that came back
    stand_in = (sent * gradients[-1]).sum()
    return list(torch.autograd.grad(stand_in, list(first.parameters()))) + list(gradients[:-1])


def accumulated_gradients(net, loss_sum, x, y, chunk):
    sums = None
    for start in range(0, len(x), chunk):
        rows = slice(start, start + chunk)
        new = torch.autograd.grad(loss_sum(net(x[rows]), y[rows]), list(net.parameters()))
        sums = new if sums is None else [a + b for a, b in zip(sums, new)]
    return [s / len(x) for s in sums]


def remedies(weights, per_example, batch, memory, devices):
    result = set()
    if weights + -(-batch // devices) * per_example <= memory:
        result.add("data_parallel")
    if weights + per_example <= memory:
        result.add("smaller_batch")
    if weights + per_example <= memory * devices:
        result.add("split_and_accumulate")
    if weights + per_example * batch <= memory * devices:
        result.add("split_layers")
    return result


def idle_share(stages, chunks):
    return (stages - 1) / stages


split_facts = dict(splitting_layers_changes_gradient=False, smaller_batch_is_noisier=True)
split_facts |= dict(accumulation_equals_batch=True, batch_norm_accumulates=True)
split_facts |= dict(more_chunks_less_idle=False, data_parallel_shrinks_weights=False)


# %% q16_second_derivatives accept: a single number along the line
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    t = torch.zeros((), dtype=w.dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(f(w.detach() + t * v), t, create_graph=True)
    return torch.autograd.grad(slope, t)[0]


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q16_second_derivatives reject: gradient of the squared gradient in place of the product with v
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    point = w.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(point), point, create_graph=True)
    return (torch.autograd.grad((slope**2).sum(), point)[0] * v).sum()


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q16_second_derivatives reject: builds the Hessian
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    hessian = torch.autograd.functional.hessian(f, w).reshape(w.numel(), -1)
    return v.reshape(-1) @ hessian @ v.reshape(-1)


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q16_second_derivatives reject: shared nodes counted each time
def graph_size(t):
    found = [t.grad_fn] if t.grad_fn is not None else []
    for node in found:
        found += [source for source, _ in node.next_functions if source is not None]
        if len(found) > 100_000:
            break
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    t = torch.zeros((), dtype=w.dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(f(w.detach() + t * v), t, create_graph=True)
    return torch.autograd.grad(slope, t)[0]


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q16_second_derivatives reject: one parameter per connection, no biases
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    t = torch.zeros((), dtype=w.dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(f(w.detach() + t * v), t, create_graph=True)
    return torch.autograd.grad(slope, t)[0]


def hessian_bytes(widths):
    return 4 * sum(a * b for a, b in zip(widths, widths[1:])) ** 2


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q16_second_derivatives reject: ReLU held to have no curvature at all
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    point = w.clone().requires_grad_(True)
    chain = [f(point)]
    while len(chain) <= order:
        chain.append(torch.autograd.grad(chain[-1].sum(), point, create_graph=True)[0])
    return [graph_size(t) for t in chain]


def curvature(f, w, v):
    t = torch.zeros((), dtype=w.dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(f(w.detach() + t * v), t, create_graph=True)
    return torch.autograd.grad(slope, t)[0]


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=True)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=True)


# %% q16_second_derivatives reject: makes w require a gradient
def graph_size(t):
    found = {}

    def visit(node):
        if node is None or id(node) in found:
            return
        found[id(node)] = node
        for source, _ in node.next_functions:
            visit(source)

    visit(t.grad_fn)
    return len(found)


def derivative_graphs(f, w, order):
    t = f(w.requires_grad_())
    sizes = [graph_size(t)]
    for _ in range(order):
        (t,) = torch.autograd.grad(t.sum(), w, create_graph=True)
        sizes.append(graph_size(t))
    return sizes


def curvature(f, w, v):
    w.requires_grad_()
    (slope,) = torch.autograd.grad(f(w), w, create_graph=True)
    return (torch.autograd.grad((slope * v).sum(), w)[0] * v).sum()


def hessian_bytes(widths):
    count = 0
    for k in range(1, len(widths)):
        count += widths[k - 1] * widths[k] + widths[k]
    return count * count * 4


second_facts = dict(relu_output_has_no_curvature=True, relu_loss_has_no_curvature=False)
second_facts |= dict(gradient_graph_is_larger=True, million_parameters_fit=False, plain_backward_is_enough=False)


# %% q17_relu_moment accept: Simpson's rule, and a long tail on the left
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return mean, second, second - mean**2


def gaussian_relu(s):
    return s * (2 * math.pi) ** -0.5, 0.5 * s * s, s * s * (0.5 - 0.5 / math.pi)


def counterexample():
    # rare and large on the left, frequent and small on the right
    return [-3.0, 1 / 3], [0.1, 0.9]


moment_facts = dict(variance_halves=False, mean_zero_is_enough=False, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: half of the second moment for every density
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001)
    mass = pdf(a) * (a[1] - a[0])
    mean, second = float(mass @ np.maximum(a, 0)), float(mass @ a**2) / 2
    return mean, second, second - mean**2


def gaussian_relu(s):
    return s * (2 * math.pi) ** -0.5, 0.5 * s * s, s * s * (0.5 - 0.5 / math.pi)


def counterexample():
    # rare and large on the left, frequent and small on the right
    return [-3.0, 1 / 3], [0.1, 0.9]


moment_facts = dict(variance_halves=False, mean_zero_is_enough=False, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: variance and second moment confused
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return mean, second, second


def gaussian_relu(s):
    return s / math.sqrt(2 * math.pi), s * s / 2, s * s / 2


def counterexample():
    # rare and large on the left, frequent and small on the right
    return [-3.0, 1 / 3], [0.1, 0.9]


moment_facts = dict(variance_halves=True, mean_zero_is_enough=False, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: b taken to have mean 0 like a
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return 0.0, second, second


def gaussian_relu(s):
    return 0.0, s * s / 2, s * s / 2


def counterexample():
    # rare and large on the left, frequent and small on the right
    return [-3.0, 1 / 3], [0.1, 0.9]


moment_facts = dict(variance_halves=False, mean_zero_is_enough=False, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: mean zero held to be enough, a symmetric example
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return mean, second, second - mean**2


def gaussian_relu(s):
    return s * (2 * math.pi) ** -0.5, 0.5 * s * s, s * s * (0.5 - 0.5 / math.pi)


def counterexample():
    return np.array([-1.0, 1.0]), np.array([0.5, 0.5])


moment_facts = dict(variance_halves=False, mean_zero_is_enough=True, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: an example with another variance
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return mean, second, second - mean**2


def gaussian_relu(s):
    return s * (2 * math.pi) ** -0.5, 0.5 * s * s, s * s * (0.5 - 0.5 / math.pi)


def counterexample():
    return np.array([4.0, -1.0]), np.array([0.2, 0.8])


moment_facts = dict(variance_halves=False, mean_zero_is_enough=False, bell_shape_is_needed=False)
moment_facts |= dict(leaky_keeps_more=True, two_over_width=True)


# %% q17_relu_moment reject: only the normal distribution held to be halved
def relu_moments(pdf, low, high):
    a = np.linspace(low, high, 400_001) if low >= 0 or high <= 0 else np.linspace(0, high, 400_001)
    p, b, h = pdf(a), np.maximum(a, 0), a[1] - a[0]
    simpson = np.ones(400_001)
    simpson[1:-1:2], simpson[2:-1:2] = 4, 2
    mean, second = (float((simpson * p * b**k).sum() * h / 3) for k in (1, 2))
    return mean, second, second - mean**2


def gaussian_relu(s):
    return s * (2 * math.pi) ** -0.5, 0.5 * s * s, s * s * (0.5 - 0.5 / math.pi)


def counterexample():
    # rare and large on the left, frequent and small on the right
    return [-3.0, 1 / 3], [0.1, 0.9]


moment_facts = dict(variance_halves=False, mean_zero_is_enough=False, bell_shape_is_needed=True)
moment_facts |= dict(leaky_keeps_more=False, two_over_width=True)


# %% q18_equal_starts accept: an optimiser, and gradients written out
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {"relu": {"beta2"}, "tanh": {"beta2"}, "sigmoid": {"omega2", "beta2"}}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q18_equal_starts reject: nothing moves at all
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {"relu": set(), "tanh": set(), "sigmoid": set()}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q18_equal_starts reject: all biases move
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {key: {"beta0", "beta1", "beta2"} for key in ("relu", "tanh", "sigmoid")}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q18_equal_starts reject: slow, but it learns, and noise breaks the ties
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {"relu": {"beta2"}, "tanh": {"beta2"}, "sigmoid": {"omega2", "beta2"}}


start_facts = dict(relu_learns_slowly=True, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=True, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q18_equal_starts reject: a random start held to be needed always
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {"relu": {"beta2"}, "tanh": {"beta2"}, "sigmoid": {"omega2", "beta2"}}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=True, softmax_keeps_equal_rows=True)


# %% q18_equal_starts reject: biases start at zero
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.zero_()
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        nn.functional.mse_loss(h, y).backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + lam * omega)
    return omega


moves = {"relu": {"beta2"}, "tanh": {"beta2"}, "sigmoid": {"omega2", "beta2"}}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q18_equal_starts reject: sums in place of means, penalty without its half
def train_network(widths, act, start, x, y, lr, steps):
    layers = [nn.Linear(d, e).double() for d, e in zip(widths[:-1], widths[1:])]
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(start)
            layer.bias.fill_(start)
    optimizer = torch.optim.SGD([p for layer in layers for p in layer.parameters()], lr=lr)
    for _ in range(steps):
        h = layers[0](x)
        for layer in layers[1:]:
            h = layer(act(h))
        optimizer.zero_grad()
        ((h - y) ** 2).sum().backward()
        optimizer.step()
    return [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]


def train_linear(x, y, start, lr, steps):
    w = torch.full((x.shape[1],), float(start), dtype=torch.float64)
    for _ in range(steps):
        w = w - lr * 2 * (x.T @ (x @ w - y))
    return w


def train_softmax(x, labels, classes, start, lam, lr, steps):
    omega = torch.full((classes, x.shape[1]), float(start), dtype=torch.float64)
    hot = torch.eye(classes, dtype=torch.float64)[labels]
    for _ in range(steps):
        p = torch.softmax(x @ omega.T, dim=1)
        omega = omega - lr * ((p - hot).T @ x / len(x) + 2 * lam * omega)
    return omega


moves = {"relu": {"beta2"}, "tanh": {"beta2"}, "sigmoid": {"omega2", "beta2"}}


start_facts = dict(relu_learns_slowly=False, units_stay_copies=True, middle_weights_rank_one=True)
start_facts |= dict(minibatches_break_ties=False, linear_needs_random_start=False, softmax_keeps_equal_rows=False)


# %% q19_symmetries accept: diagonal matrices and loops
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1 @ turn


def rescale(omega0, beta0, omega1, factors):
    if not all(factor > 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q19_symmetries reject: only what enters is changed
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1


def rescale(omega0, beta0, omega1, factors):
    if not all(factor > 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q19_symmetries reject: biases forgotten
def flip_signs(omega0, beta0, omega1, signs):
    return signs[:, None] * omega0, beta0, omega1 * signs


def rescale(omega0, beta0, omega1, factors):
    if min(factors) <= 0:
        raise ValueError("every factor must be positive")
    return factors[:, None] * omega0, beta0, omega1 / factors


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q19_symmetries reject: any factor but zero
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1 @ turn


def rescale(omega0, beta0, omega1, factors):
    if not all(factor != 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q19_symmetries reject: sigmoid flipped like tanh
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1 @ turn


def rescale(omega0, beta0, omega1, factors):
    if not all(factor > 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    return signs[:, None] * omega0, signs * beta0, omega1 * signs, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q19_symmetries reject: sign flips claimed for ReLU
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1 @ turn


def rescale(omega0, beta0, omega1, factors):
    if not all(factor > 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, np.linalg.solve(matrix.T, omega1.T).T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    copies = 1
    for d in range(units):
        copies *= 2 * (d + 1)
    return copies


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}
keeps["flip_signs"] = {"linear", "tanh", "relu"}


# %% q19_symmetries reject: transpose in place of the inverse
def flip_signs(omega0, beta0, omega1, signs):
    turn = np.diag(signs)
    return turn @ omega0, turn @ beta0, omega1 @ turn


def rescale(omega0, beta0, omega1, factors):
    if not all(factor > 0 for factor in factors):
        raise ValueError("every factor must be positive")
    return np.diag(factors) @ omega0, np.diag(factors) @ beta0, omega1 @ np.diag(1 / factors)


def flip_sigmoid(omega0, beta0, omega1, beta1, signs):
    omega0, beta0, omega1, beta1 = omega0.copy(), beta0.copy(), omega1.copy(), beta1.copy()
    for d in np.flatnonzero(signs == -1):
        beta1 += omega1[:, d]
        omega1[:, d] *= -1
        omega0[d] *= -1
        beta0[d] *= -1
    return omega0, beta0, omega1, beta1


def mix(omega0, beta0, omega1, matrix):
    return matrix @ omega0, matrix @ beta0, omega1 @ matrix.T


def shift_classes(omega1, beta1, row, number):
    return np.array([old + row for old in omega1]), np.array([old + number for old in beta1])


def tanh_copies(units):
    return math.factorial(units) + 2**units


keeps = {"mix": {"linear"}, "flip_sigmoid": {"sigmoid"}, "flip_signs": {"tanh", "linear"}}
keeps["rescale"] = {"linear", "relu", "leaky_relu"}
keeps["permute"] = keeps["rescale"] | {"tanh", "sigmoid"}


# %% q20_products accept: norms, polar factors and a running product
def product_bounds(a, b):
    low, high = 1.0, 1.0
    for m in (a, b):
        low, high = low * np.linalg.norm(m, -2), high * np.linalg.norm(m, 2)
    return low, high


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: bounds from eigenvalues
def product_bounds(a, b):
    sizes = [np.abs(np.linalg.eigvals(m)) for m in (a, b)]
    return sizes[0].min() * sizes[1].min(), sizes[0].max() * sizes[1].max()


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=True, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: sum of the largest singular values
def product_bounds(a, b):
    return np.linalg.norm(a, -2) * np.linalg.norm(b, -2), np.linalg.norm(a, 2) + np.linalg.norm(b, 2)


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: bounds from the product itself
def product_bounds(a, b):
    sizes = np.abs(np.linalg.eigvals(a @ b))
    return sizes.min(), sizes.max()


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: one matrix for all layers, standard deviation 1 / width
def product_bounds(a, b):
    low, high = 1.0, 1.0
    for m in (a, b):
        low, high = low * np.linalg.norm(m, -2), high * np.linalg.norm(m, 2)
    return low, high


def layers(depth, width, kind, seed):
    m = np.random.default_rng(seed).normal(size=(width, width))
    return [m / width if kind == "gauss" else np.linalg.qr(m)[0]] * depth


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: sum of the logarithms of the factors
def product_bounds(a, b):
    low, high = 1.0, 1.0
    for m in (a, b):
        low, high = low * np.linalg.norm(m, -2), high * np.linalg.norm(m, 2)
    return low, high


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    return float(sum(np.log10(np.linalg.cond(m)) for m in matrices))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=True)
product_facts |= dict(scaling_cures_condition=False, positive_definite_bounds=True)


# %% q20_products reject: a smaller scale held to cure the condition
def product_bounds(a, b):
    low, high = 1.0, 1.0
    for m in (a, b):
        low, high = low * np.linalg.norm(m, -2), high * np.linalg.norm(m, 2)
    return low, high


def layers(depth, width, kind, seed):
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(depth):
        m = rng.normal(scale=width**-0.5, size=(width, width))
        if kind == "orthogonal":
            u, _, v = np.linalg.svd(m)
            m = u @ v
        result.append(m)
    return result


def log_condition(matrices):
    product = matrices[0]
    for m in matrices[1:]:
        product = product @ m
    s = np.linalg.svd(product, compute_uv=False)
    return float(np.log10(s.max()) - np.log10(s.min()))


product_facts = dict(spectral_radius_multiplies=False, conditions_multiply=True, orthogonal_stays=False)
product_facts |= dict(scaling_cures_condition=True, positive_definite_bounds=True)


# %% q21_layerwise_rates accept: copies that are changed in place
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * (g + decay * w))
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: one norm over all layers
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    size = sum(w.pow(2).sum() for w in weights).sqrt()
    slope = sum(g.pow(2).sum() for g in gradients).sqrt()
    for w, g, v in zip(new_weights, gradients, new_velocities):
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * (g + decay * w))
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: local rate upside down
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * (slope + decay * size) / size if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * (g + decay * w))
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: velocity without the local rate
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(g + decay * w)
        w.sub_(lr * rate * v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: decay only in the denominator
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * g)
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: only the layer that is broken is skipped
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights, new_velocities, skipped = [], [], False
    for w, g, v in zip(weights, gradients, velocities):
        if torch.isfinite(g).all():
            rate = trust * w.norm() / (g.norm() + decay * w.norm()) if w.norm() > 0 and g.norm() > 0 else 1
            v = momentum * v + lr * rate * (g + decay * w)
            w = w - v
        else:
            skipped = True
        new_weights.append(w)
        new_velocities.append(v)
    return new_weights, new_velocities, skipped


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: infinite gradients go through
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * (g + decay * w))
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=False)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=False)


# %% q21_layerwise_rates reject: clipping held to be the same, and zeros to be repaired
def lars_step(weights, gradients, velocities, lr, trust, decay, momentum):
    new_weights = [w.detach().clone() for w in weights]
    new_velocities = [v.detach().clone() for v in velocities]
    for g in gradients:
        if g.isnan().any() or g.isinf().any():
            return new_weights, new_velocities, True
    for w, g, v in zip(new_weights, gradients, new_velocities):
        size, slope = w.pow(2).sum().sqrt(), g.pow(2).sum().sqrt()
        rate = trust * size / (slope + decay * size) if size > 0 and slope > 0 else 1.0
        v.mul_(momentum).add_(lr * rate * (g + decay * w))
        w.sub_(v)
    return new_weights, new_velocities, False


rate_facts = dict(step_ignores_gradient_size=True, layers_share_one_factor=False, clipping_does_the_same=True)
rate_facts |= dict(rescaling_repairs_nan=False, rescaling_repairs_underflow=True)


# %% q22_training_loop accept: momentum by hand, sigmoid in the network
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    speed = {p: torch.zeros_like(p) for p in model.parameters()}
    losses, rates = [], []
    for epoch in range(epochs):
        rate = 0.1 / 2 ** (epoch // 10)
        rows = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
        total, batches = 0.0, 0
        for start in range(0, len(x), 10):
            batch = rows[start : start + 10]
            value = loss(model(x[batch]), y[batch])
            total, batches = total + value.item(), batches + 1
            for p, g in zip(speed, torch.autograd.grad(value, list(speed))):
                speed[p] = 0.9 * speed[p] + g
                p.data -= rate * speed[p]
        losses.append(total / batches)
        rates.append(rate)
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: gradients pile up
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: rate halved every ten batches
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            scheduler.step()
            values.append(value.item())
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: losses summed over the batches
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: one order for all epochs
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    rows = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        values = []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: a sigmoid in front of a loss that applies one
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCEWithLogitsLoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: squared error kept for two classes
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / inputs) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.MSELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: variance by the number of outputs
def new_network(outputs, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for inputs, units in ((10, 40), (40, 40), (40, outputs)):
        layer = nn.Linear(inputs, units)
        layer.weight.data = torch.randn(units, inputs, generator=generator) * (2 / units) ** 0.5
        layer.bias.data = torch.zeros(units)
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q22_training_loop reject: torch's own starting values
def new_network(outputs, seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(10, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, outputs))


def train(model, x, y, loss, epochs, shuffle):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
    losses, rates = [], []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        rows, values = torch.randperm(len(x)) if shuffle else torch.arange(len(x)), []
        for batch in rows.split(10):
            optimizer.zero_grad()
            value = loss(model(x[batch]), y[batch])
            value.backward()
            optimizer.step()
            values.append(value.item())
        scheduler.step()
        losses.append(sum(values) / len(values))
    return losses, rates


def train_binary(x, y, seed, epochs):
    torch.manual_seed(seed)
    net = nn.Sequential(new_network(1, seed), nn.Sigmoid())
    losses, _ = train(net, x, y, nn.BCELoss(), epochs, True)

    def predict(inputs):
        with torch.no_grad():
            return net(inputs)

    return losses, predict


# %% q13_memory equivalent: the sum of the losses keeps the same tensors as their mean
# wrong-loss-reduction-8baef1

# %% q14_checkpointing equivalent: a distance beyond the depth holds as many values as the depth itself, or more
# wrong-constant-3adf31

# %% q16_second_derivatives equivalent: a mean in place of a sum has as many nodes, and it is only these that count
# wrong-reduction-854525

# %% q17_relu_moment equivalent: one slice more than a hundred thousand
# wrong-constant-bb9926

# %% q19_symmetries equivalent: for signs of one, division is multiplication, and no sign is zero
# wrong-arithmetic-8c3dc1
# wrong-arithmetic-75968a
# wrong-boundary-b806ca
