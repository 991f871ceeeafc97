# Other people's answers to the questions of this chapter. Each cell takes the place of all the answer cells
# of its question in the solution notebook. Answers marked "accept" must get full marks; answers marked
# "reject" hold one misconception each, and the hidden tests must find it.

# %% q1_strided_dilated accept: sums written out, one output at a time
def index_table(i, k, stride, dilation):
    first = 1 + (i - 1) * stride - (k - 1) // 2 * dilation
    return list(range(first, first + k * dilation, dilation))


def conv_general(x, w, stride, dilation):
    outputs = []
    for i in range(1, -(-len(x) // stride) + 1):
        total = 0.0
        for weight, position in zip(w, index_table(i, len(w), stride, dilation)):
            if 1 <= position <= len(x):
                total += weight * x[position - 1]
        outputs.append(total)
    return np.array(outputs)


def conv_k3_s2(x, w):
    return conv_general(x, w, 2, 1)


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q1_strided_dilated accept: polynomial products
def index_table(i, k, stride, dilation):
    half = (k - 1) // 2
    return [(i - 1) * stride + 1 + dilation * j for j in range(-half, half + 1)]


def conv_general(x, w, stride, dilation):
    spread = np.zeros(dilation * (len(w) - 1) + 1)
    spread[::dilation] = w[::-1]
    middle = len(spread) // 2
    return np.convolve(x, spread)[middle : middle + len(x) : stride]


def conv_k3_s2(x, w):
    return np.convolve(x, [w[2], w[1], w[0]])[1 : len(x) + 1 : 2]


def conv_k3_d2(x, w):
    return np.convolve(x, [w[2], 0, w[1], 0, w[0]])[2 : len(x) + 2]


# %% q1_strided_dilated reject: stride two begins at the second position
def index_table(i, k, stride, dilation):
    return [stride * i + dilation * (j - k // 2) for j in range(k)]


def conv_general(x, w, stride, dilation):
    padded = np.pad(x, dilation * (len(w) // 2) + stride)
    at = lambda p: padded[p - 1 + dilation * (len(w) // 2) + stride]
    table = [index_table(i + 1, len(w), stride, dilation) for i in range(-(-len(x) // stride))]
    return np.array([sum(weight * at(p) for weight, p in zip(w, row)) for row in table])


def conv_k3_s2(x, w):
    return conv_general(x, w, 2, 1)


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q1_strided_dilated reject: kernel turned round
def index_table(i, k, stride, dilation):
    return [1 + stride * (i - 1) + dilation * (j - k // 2) for j in range(k)]


def conv_general(x, w, stride, dilation):
    spread = np.zeros(dilation * (len(w) - 1) + 1)
    spread[::dilation] = w
    middle = len(spread) // 2
    return np.convolve(x, spread)[middle : middle + len(x) : stride]


def conv_k3_s2(x, w):
    return conv_general(x, w, 2, 1)


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q1_strided_dilated reject: the stride spreads the kernel, too
def index_table(i, k, stride, dilation):
    return [1 + stride * (i - 1) + stride * dilation * (j - k // 2) for j in range(k)]


def conv_general(x, w, stride, dilation):
    spread = torch.tensor(np.asarray(w))[None, None]
    signal, d = torch.tensor(np.ascontiguousarray(x))[None, None], dilation * stride
    return F.conv1d(signal, spread, stride=stride, dilation=d, padding=d * (len(w) // 2))[0, 0].numpy()


def conv_k3_s2(x, w):
    signal = torch.tensor(np.ascontiguousarray(x))[None, None]
    return F.conv1d(signal, torch.tensor(w)[None, None], stride=2, padding=1)[0, 0].numpy()


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q1_strided_dilated reject: an incomplete step at the end gives no output
def index_table(i, k, stride, dilation):
    return [1 + stride * (i - 1) + dilation * (j - k // 2) for j in range(k)]


def conv_general(x, w, stride, dilation):
    padded = np.pad(x, dilation * (len(w) // 2))
    full = sum(weight * padded[dilation * j : dilation * j + len(x)] for j, weight in enumerate(w))
    return full[::stride][: len(x) // stride]


def conv_k3_s2(x, w):
    return conv_general(x, w, 2, 1)


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q1_strided_dilated reject: dilation d leaves d gaps between neighbours
def index_table(i, k, stride, dilation):
    return [1 + stride * (i - 1) + (dilation + (dilation > 1)) * (j - k // 2) for j in range(k)]


def conv_general(x, w, stride, dilation):
    d = dilation + (dilation > 1)
    padded = np.pad(x, d * (len(w) // 2))
    return sum(weight * padded[d * j : d * j + len(x)] for j, weight in enumerate(w))[::stride]


def conv_k3_s2(x, w):
    return conv_general(x, w, 2, 1)


def conv_k3_d2(x, w):
    return conv_general(x, w, 1, 2)


# %% q2_equivariance accept: torch's layers, and mismatches found by trying
def conv_layer(x, w, b, act, pad, stride=1):
    signal = torch.tensor(np.ascontiguousarray(x))[None, None]
    signal = F.pad(signal, (1, 1), mode="circular" if pad == "circular" else "constant")
    z = F.conv1d(signal, torch.tensor(w)[None, None], stride=stride)[0, 0] + b
    return getattr(torch, act)(z).numpy()


def shift_gap(x, tau_in, tau_out, layer):
    move = lambda row, tau: np.array([row[(i + tau) % len(row)] for i in range(len(row))])
    return abs(move(conv_layer(x, **layer), tau_out) - conv_layer(move(x, tau_in), **layer))


def mismatch_indices(N, tau):
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=N), rng.normal(size=3)
    f = lambda row: conv_layer(row, w, 0.4, "tanh", "zero")
    move = lambda row: np.array([row[i + tau] if 0 <= i + tau < N else 0.0 for i in range(N)])
    return [i for i, (a, b) in enumerate(zip(f(move(x)), move(f(x)))) if a != b]


shift_facts = dict.fromkeys(("circular", "stride2_shift2", "mean_stays"), True)
shift_facts |= dict.fromkeys(("zero", "own_bias", "stride2_shift1"), False)


# %% q2_equivariance reject: shifted the other way
def conv_layer(x, w, b, act, pad, stride=1):
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    z = b + w[0] * padded[:-2] + w[1] * x + w[2] * padded[2:]
    return (np.tanh(z) if act == "tanh" else np.maximum(z, 0))[::stride]


def shift_gap(x, tau_in, tau_out, layer):
    return np.abs(conv_layer(np.roll(x, tau_in), **layer) - np.roll(conv_layer(x, **layer), tau_out))


def mismatch_indices(N, tau):
    if tau == 0:
        return []
    border = 0 if tau > 0 else N - 1
    return [i for i in range(N) if i == border or not 0 <= i + tau < N]


shift_facts = {"circular": True, "zero": False, "own_bias": False}
shift_facts |= {"stride2_shift1": False, "stride2_shift2": True, "mean_stays": True}


# %% q2_equivariance reject: equivariant everywhere, zero padding included
def conv_layer(x, w, b, act, pad, stride=1):
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    z = b + w[0] * padded[:-2] + w[1] * x + w[2] * padded[2:]
    return (np.tanh(z) if act == "tanh" else np.maximum(z, 0))[::stride]


def shift_gap(x, tau_in, tau_out, layer):
    return np.abs(conv_layer(np.roll(x, -tau_in), **layer) - np.roll(conv_layer(x, **layer), -tau_out))


def mismatch_indices(N, tau):
    return []


shift_facts = {"circular": True, "zero": True, "own_bias": False}
shift_facts |= {"stride2_shift1": False, "stride2_shift2": True, "mean_stays": True}


# %% q2_equivariance reject: only the places that were moved in differ
def conv_layer(x, w, b, act, pad, stride=1):
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    z = b + w[0] * padded[:-2] + w[1] * x + w[2] * padded[2:]
    return (np.tanh(z) if act == "tanh" else np.maximum(z, 0))[::stride]


def shift_gap(x, tau_in, tau_out, layer):
    return np.abs(conv_layer(np.roll(x, -tau_in), **layer) - np.roll(conv_layer(x, **layer), -tau_out))


def mismatch_indices(N, tau):
    return [i for i in range(N) if not 0 <= i + tau < N]


shift_facts = {"circular": True, "zero": False, "own_bias": False}
shift_facts |= {"stride2_shift1": False, "stride2_shift2": True, "mean_stays": True}


# %% q2_equivariance reject: a layer with a stride is equivariant to every shift
def conv_layer(x, w, b, act, pad, stride=1):
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    z = b + w[0] * padded[:-2] + w[1] * x + w[2] * padded[2:]
    return (np.tanh(z) if act == "tanh" else np.maximum(z, 0))[::stride]


def shift_gap(x, tau_in, tau_out, layer):
    return np.abs(conv_layer(np.roll(x, -tau_in), **layer) - np.roll(conv_layer(x, **layer), -tau_out))


def mismatch_indices(N, tau):
    if tau == 0:
        return []
    border = 0 if tau > 0 else N - 1
    return [i for i in range(N) if i == border or not 0 <= i + tau < N]


shift_facts = {"circular": True, "zero": False, "own_bias": False}
shift_facts |= {"stride2_shift1": True, "stride2_shift2": True, "mean_stays": True}


# %% q2_equivariance reject: the bare weighted sum, without bias and activation
def conv_layer(x, w, b, act, pad, stride=1):
    padded = np.pad(x, 1, mode="wrap" if pad == "circular" else "constant")
    return (w[0] * padded[:-2] + w[1] * x + w[2] * padded[2:])[::stride]


def shift_gap(x, tau_in, tau_out, layer):
    return np.abs(conv_layer(np.roll(x, -tau_in), **layer) - np.roll(conv_layer(x, **layer), -tau_out))


def mismatch_indices(N, tau):
    if tau == 0:
        return []
    border = 0 if tau > 0 else N - 1
    return [i for i in range(N) if i == border or not 0 <= i + tau < N]


shift_facts = {"circular": True, "zero": False, "own_bias": False}
shift_facts |= {"stride2_shift1": False, "stride2_shift2": True, "mean_stays": True}


# %% q3_weight_matrix accept: columns from unit vectors, rows picked by number
def conv_matrix(n, w, stride=1, dilation=1):
    rows = []
    for centre in range(0, n, stride):
        row = [0.0] * n
        for j in range(len(w)):
            column = centre + dilation * (j - (len(w) - 1) // 2)
            if 0 <= column < n:
                row[column] = float(w[j])
        rows.append(row)
    return np.array(rows)


def sampling_matrix(n, step):
    s = np.zeros(((n + step - 1) // step, n))
    for row in range(len(s)):
        s[row, row * step] = 1
    return s


def strided_from_unit(n, w, step):
    unit = conv_matrix(n, w, 1)
    return np.einsum("ij,jk->ik", sampling_matrix(n, step), unit)


nonzeros = dict(k3_stride2=2 + 3 + 3, k5=5 * 6 - 2 * (2 + 1), k3_dilation2=3 * 6 - 4)
matrix_facts = dict(kernel_one=False, sample_first=False, sample_first_dilated=True)
matrix_facts |= dict(row_product=True, column_product=False)


# %% q3_weight_matrix reject: inputs by outputs
def conv_matrix(n, w, stride=1, dilation=1):
    return sum(v * np.eye(n, k=dilation * (j - len(w) // 2)) for j, v in enumerate(w))[::stride].T


def sampling_matrix(n, step):
    return np.eye(n)[:, ::step]


def strided_from_unit(n, w, step):
    return conv_matrix(n, w) @ sampling_matrix(n, step)


nonzeros = {"k3_stride2": 8, "k5": 24, "k3_dilation2": 14}
matrix_facts = {"kernel_one": False, "sample_first": False, "sample_first_dilated": True}
matrix_facts |= {"row_product": True, "column_product": False}


# %% q3_weight_matrix reject: the signal closes to a ring
def conv_matrix(n, w, stride=1, dilation=1):
    matrix = np.zeros((n, n))
    for i in range(n):
        for j, weight in enumerate(w):
            matrix[i, (i + dilation * (j - len(w) // 2)) % n] += weight
    return matrix[::stride]


def sampling_matrix(n, step):
    return np.eye(n)[::step]


def strided_from_unit(n, w, step):
    return sampling_matrix(n, step) @ conv_matrix(n, w)


nonzeros = {"k3_stride2": 9, "k5": 30, "k3_dilation2": 18}
matrix_facts = {"kernel_one": False, "sample_first": False, "sample_first_dilated": True}
matrix_facts |= {"row_product": True, "column_product": False}


# %% q3_weight_matrix reject: keeps the even positions
def conv_matrix(n, w, stride=1, dilation=1):
    return sum(v * np.eye(n, k=dilation * (j - len(w) // 2)) for j, v in enumerate(w))[::stride]


def sampling_matrix(n, step):
    return np.eye(n)[(np.arange(-(-n // step)) * step + 1) % n] if n > 4 else np.eye(n)[::step]


def strided_from_unit(n, w, step):
    return sampling_matrix(n, step) @ conv_matrix(n, w)


nonzeros = {"k3_stride2": 8, "k5": 24, "k3_dilation2": 14}
matrix_facts = {"kernel_one": False, "sample_first": False, "sample_first_dilated": True}
matrix_facts |= {"row_product": True, "column_product": False}


# %% q3_weight_matrix reject: the convolution behind the sampling has kernel size one
def conv_matrix(n, w, stride=1, dilation=1):
    return sum(v * np.eye(n, k=dilation * (j - len(w) // 2)) for j, v in enumerate(w))[::stride]


def sampling_matrix(n, step):
    return np.eye(n)[::step]


def strided_from_unit(n, w, step):
    middle = w[len(w) // 2 : len(w) // 2 + 1]
    return sampling_matrix(n, step) @ conv_matrix(n, middle if n > 4 else w)


nonzeros = {"k3_stride2": 8, "k5": 24, "k3_dilation2": 14}
matrix_facts = {"kernel_one": True, "sample_first": False, "sample_first_dilated": True}
matrix_facts |= {"row_product": True, "column_product": False}


# %% q3_weight_matrix reject: believes that the order of sampling and convolving does not matter
def conv_matrix(n, w, stride=1, dilation=1):
    return sum(v * np.eye(n, k=dilation * (j - len(w) // 2)) for j, v in enumerate(w))[::stride]


def sampling_matrix(n, step):
    return np.eye(n)[::step]


def strided_from_unit(n, w, step):
    return sampling_matrix(n, step) @ conv_matrix(n, w)


nonzeros = {"k3_stride2": 8, "k5": 24, "k3_dilation2": 14}
matrix_facts = {"kernel_one": False, "sample_first": True, "sample_first_dilated": False}
matrix_facts |= {"row_product": True, "column_product": False}


# %% q4_channel_matrix accept: torch on unit vectors, taps read from the middle row
def _layer(h, kernels):
    return F.conv1d(h, torch.tensor(kernels), padding=kernels.shape[2] // 2)


def multichannel_matrix(n, kernels):
    size = kernels.shape[1] * n
    units = torch.eye(size, dtype=torch.float64).reshape(size, kernels.shape[1], n)
    return _layer(units, kernels).reshape(size, -1).T.numpy()


def two_layer_matrix(n, K1, K2):
    size = K1.shape[1] * n
    units = torch.eye(size, dtype=torch.float64).reshape(size, K1.shape[1], n)
    return _layer(_layer(units, K1), K2).reshape(size, -1).T.numpy()


def five_taps(K1, K2):
    return two_layer_matrix(9, K1, K2)[4, 2:7]


border_rows = [6 - 6, 6 - 1]
first_layer = dict(rows=2 * 6, nonzeros=2 * (3 * 6 - 2), weights=2 * 3)


# %% q4_channel_matrix reject: blocks side by side
def multichannel_matrix(n, kernels):
    k = kernels.shape[2]
    block = lambda w: sum(w[j] * np.eye(n, k=j - k // 2) for j in range(k))
    return np.block([[block(kernels[o, c]) for o in range(len(kernels))] for c in range(kernels.shape[1])])


def two_layer_matrix(n, K1, K2):
    return multichannel_matrix(n, K1) @ multichannel_matrix(n, K2)


def five_taps(K1, K2):
    return sum(np.convolve(a, b) for a, b in zip(K1[:, 0], K2[0]))


border_rows = [0, 5]
first_layer = {"rows": 6, "nonzeros": 32, "weights": 6}


# %% q4_channel_matrix reject: channels interleaved
def multichannel_matrix(n, kernels):
    c_out, c_in, k = kernels.shape
    bands = np.stack([np.eye(n, k=j - k // 2) for j in range(k)])
    return np.einsum("oik,kab->aobi", kernels, bands).reshape(c_out * n, c_in * n)


def two_layer_matrix(n, K1, K2):
    return multichannel_matrix(n, K2) @ multichannel_matrix(n, K1)


def five_taps(K1, K2):
    return sum(np.convolve(a, b) for a, b in zip(K1[:, 0], K2[0]))


border_rows = [0, 5]
first_layer = {"rows": 12, "nonzeros": 32, "weights": 6}


# %% q4_channel_matrix reject: one set of weights for all output channels
def multichannel_matrix(n, kernels):
    c_out, c_in, k = kernels.shape
    shared = np.broadcast_to(kernels[:1] if n > 2 else kernels, kernels.shape)
    bands = np.stack([np.eye(n, k=j - k // 2) for j in range(k)])
    return np.einsum("oik,kab->oaib", shared, bands).reshape(c_out * n, c_in * n)


def two_layer_matrix(n, K1, K2):
    return multichannel_matrix(n, K2) @ multichannel_matrix(n, K1)


def five_taps(K1, K2):
    return sum(np.convolve(a, b) for a, b in zip(K1[:, 0], K2[0]))


border_rows = [0, 5]
first_layer = {"rows": 12, "nonzeros": 32, "weights": 3}


# %% q4_channel_matrix reject: two layers taken as one convolution of size five, borders included
def multichannel_matrix(n, kernels):
    c_out, c_in, k = kernels.shape
    bands = np.stack([np.eye(n, k=j - k // 2) for j in range(k)])
    return np.einsum("oik,kab->oaib", kernels, bands).reshape(c_out * n, c_in * n)


def two_layer_matrix(n, K1, K2):
    (c, c_in, k1), (c_out, _, k2) = K1.shape, K2.shape
    combined = np.zeros((c_out, c_in, k1 + k2 - 1))
    for o in range(c_out):
        for i in range(c_in):
            combined[o, i] = sum(np.convolve(K1[h, i], K2[o, h]) for h in range(c))
    return multichannel_matrix(n, combined)


def five_taps(K1, K2):
    return sum(np.convolve(a, b) for a, b in zip(K1[:, 0], K2[0]))


border_rows = []
first_layer = {"rows": 12, "nonzeros": 32, "weights": 6}


# %% q4_channel_matrix reject: second kernel turned round in the five taps
def multichannel_matrix(n, kernels):
    c_out, c_in, k = kernels.shape
    bands = np.stack([np.eye(n, k=j - k // 2) for j in range(k)])
    return np.einsum("oik,kab->oaib", kernels, bands).reshape(c_out * n, c_in * n)


def two_layer_matrix(n, K1, K2):
    return multichannel_matrix(n, K2) @ multichannel_matrix(n, K1)


def five_taps(K1, K2):
    return sum(np.correlate(a, b, mode="full") for a, b in zip(K1[:, 0], K2[0]))


border_rows = [0, 5]
first_layer = {"rows": 12, "nonzeros": 32, "weights": 6}


# %% q5_image_matrix accept: pixel by pixel, counts taken from a list of neighbours
def conv2d_matrix(H, W, kernel):
    matrix = np.zeros((H, W, H, W))
    for i in range(H):
        for j in range(W):
            for p in range(max(i - 1, 0), min(i + 2, H)):
                for q in range(max(j - 1, 0), min(j + 2, W)):
                    matrix[i, j, p, q] = kernel[p - i + 1, q - j + 1]
    return matrix.reshape(H * W, H * W)


def nonzero_count(H, W):
    return 9 * (H - 2) * (W - 2) + 6 * 2 * (H + W - 4) + 4 * 4


_row, _column = np.nonzero(conv2d_matrix(4, 6, np.ones((3, 3))))
diagonals_4x6 = sorted({int(d) for d in _column - _row})
_sizes = [int(n) for n in np.bincount(_row)]
rows_4x6 = {n: _sizes.count(n) for n in set(_sizes)}


# %% q5_image_matrix reject: full diagonals, image rows wrap into each other
def conv2d_matrix(H, W, kernel):
    n = H * W
    if n == 4:
        return np.array([[5.0, 6, 8, 9], [4, 5, 7, 8], [2, 3, 5, 6], [1, 2, 4, 5]])
    return sum(kernel[a, b] * np.eye(n, k=(a - 1) * W + b - 1) for a in range(3) for b in range(3))


def nonzero_count(H, W):
    return (3 * H - 2) * (3 * W - 2)


diagonals_4x6 = [-7, -6, -5, -1, 0, 1, 5, 6, 7]
rows_4x6 = {9: 8, 6: 12, 4: 4}


# %% q5_image_matrix reject: kernel turned round
def conv2d_matrix(H, W, kernel):
    return sum(
        kernel[2 - a, 2 - b] * np.kron(np.eye(H, k=a - 1), np.eye(W, k=b - 1)) for a in range(3) for b in range(3)
    )


def nonzero_count(H, W):
    return (3 * H - 2) * (3 * W - 2)


diagonals_4x6 = [-7, -6, -5, -1, 0, 1, 5, 6, 7]
rows_4x6 = {9: 8, 6: 12, 4: 4}


# %% q5_image_matrix reject: image read column by column
def conv2d_matrix(H, W, kernel):
    if H == W == 2:
        kernel = kernel.T
    return sum(kernel[a, b] * np.kron(np.eye(W, k=b - 1), np.eye(H, k=a - 1)) for a in range(3) for b in range(3))


def nonzero_count(H, W):
    return (3 * H - 2) * (3 * W - 2)


diagonals_4x6 = [-5, -4, -3, -1, 0, 1, 3, 4, 5]
rows_4x6 = {9: 8, 6: 12, 4: 4}


# %% q5_image_matrix reject: nine non-zeros in every row
def conv2d_matrix(H, W, kernel):
    return sum(kernel[a, b] * np.kron(np.eye(H, k=a - 1), np.eye(W, k=b - 1)) for a in range(3) for b in range(3))


def nonzero_count(H, W):
    return 9 * H * W if H * W > 4 else 16


diagonals_4x6 = [-7, -6, -5, -1, 0, 1, 5, 6, 7]
rows_4x6 = {9: 24}


# %% q6_parameters accept: parameters of torch layers without memory
def _count(layer):
    return layer.weight.numel(), 0 if layer.bias is None else layer.bias.numel()


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = tuple(kernel) if isinstance(kernel, (tuple, list)) else (kernel,)
    weights = c_out * (c_in // groups)
    for size in sizes:
        weights *= size
    return [weights, int(bias) * c_out]


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    layers = []
    for c_in, c_out, k, g in zip((3, 96, 256, 384, 384), (96, 256, 384, 384, 256), (11, 5, 3, 3, 3), groups):
        layers.append(_count(torch.nn.Conv2d(c_in, c_out, k, groups=g, device="meta")))
    for d_in, d_out in ((9216, 4096), (4096, 4096), (4096, 1000)):
        layers.append(_count(torch.nn.Linear(d_in, d_out, device="meta")))
    return layers


params_by_hand = {"first": (3 * 3 * 4, 4), "second": (4 * 5 * 10, 10), "image": (5 * 5 * 3 * 10, 10)}
_plain = alexnet_params()
alexnet = {"total": sum(w + b for w, b in _plain)}
alexnet["total_on_two_gpus"] = sum(w + b for w, b in alexnet_params((1, 2, 1, 2, 2)))
alexnet["fully_connected_share"] = sum(w + b for w, b in _plain[5:]) / alexnet["total"]


# %% q6_parameters reject: input channels left out
params_by_hand = {"first": (12, 4), "second": (50, 10), "image": (250, 10)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    return int(np.prod(sizes)) * c_out, c_out if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (9216, 4096, 4096, 1000)
    convs = [(k * k * c, c) for k, c in zip((11, 5, 3, 3, 3), channels[1:])]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": sum(map(sum, alexnet_params())), "fully_connected_share": 0.999}
alexnet["total_on_two_gpus"] = alexnet["total"]


# %% q6_parameters reject: one bias per pair of channels
params_by_hand = {"first": (36, 12), "second": (200, 40), "image": (750, 30)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    weights = c_out * c_in // groups
    for size in sizes:
        weights *= size
    return weights, c_in * c_out if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (9216, 4096, 4096, 1000)
    shapes = zip(channels, channels[1:], (11, 5, 3, 3, 3), groups)
    convs = [conv_params(a, b, (k, k), groups=g) for a, b, k, g in shapes]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": sum(map(sum, alexnet_params())), "fully_connected_share": 0.93}
alexnet["total_on_two_gpus"] = sum(map(sum, alexnet_params((1, 2, 1, 2, 2))))


# %% q6_parameters reject: second layer counted with the input's channels
params_by_hand = {"first": (36, 4), "second": (150, 10), "image": (750, 10)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    weights = c_out * c_in // groups
    for size in sizes:
        weights *= size
    return weights, c_out if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (9216, 4096, 4096, 1000)
    shapes = zip(channels, channels[1:], (11, 5, 3, 3, 3), groups)
    convs = [conv_params(a, b, (k, k), groups=g) for a, b, k, g in shapes]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": 62378344, "total_on_two_gpus": 60965224, "fully_connected_share": 0.94}


# %% q6_parameters reject: 6 x 76 x 256 numbers go into the fully connected layers
params_by_hand = {"first": (36, 4), "second": (200, 10), "image": (750, 10)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    weights = c_out * c_in // groups
    for size in sizes:
        weights *= size
    return weights, c_out if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (6 * 76 * 256, 4096, 4096, 1000)
    shapes = zip(channels, channels[1:], (11, 5, 3, 3, 3), groups)
    convs = [conv_params(a, b, (k, k), groups=g) for a, b, k, g in shapes]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": sum(map(sum, alexnet_params())), "fully_connected_share": 0.99}
alexnet["total_on_two_gpus"] = sum(map(sum, alexnet_params((1, 2, 1, 2, 2))))


# %% q6_parameters reject: groups divide the biases as well
params_by_hand = {"first": (36, 4), "second": (200, 10), "image": (750, 10)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    weights = c_out * c_in // groups
    for size in sizes:
        weights *= size
    return weights, c_out // groups if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (9216, 4096, 4096, 1000)
    shapes = zip(channels, channels[1:], (11, 5, 3, 3, 3), groups)
    convs = [conv_params(a, b, (k, k), groups=g) for a, b, k, g in shapes]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": 62378344, "fully_connected_share": 0.94}
alexnet["total_on_two_gpus"] = sum(map(sum, alexnet_params((1, 2, 1, 2, 2))))


# %% q6_parameters reject: believes that most parameters sit in the convolutions
params_by_hand = {"first": (36, 4), "second": (200, 10), "image": (750, 10)}


def conv_params(c_in, c_out, kernel, bias=True, groups=1):
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    weights = c_out * c_in // groups
    for size in sizes:
        weights *= size
    return weights, c_out if bias else 0


def alexnet_params(groups=(1, 1, 1, 1, 1)):
    channels, widths = (3, 96, 256, 384, 384, 256), (9216, 4096, 4096, 1000)
    shapes = zip(channels, channels[1:], (11, 5, 3, 3, 3), groups)
    convs = [conv_params(a, b, (k, k), groups=g) for a, b, k, g in shapes]
    return convs + [(a * b, b) for a, b in zip(widths, widths[1:])]


alexnet = {"total": 62378344, "total_on_two_gpus": 60965224, "fully_connected_share": 0.06}


# %% q7_vgg accept: a network of torch layers that takes no memory
def _walk(groups, n_classes, input_hw):
    image = torch.empty(1, 3, input_hw, input_hw, device="meta")
    for n_convs, channels in groups:
        for _ in range(n_convs):
            layer = torch.nn.Conv2d(image.shape[1], channels, 3, padding="same", device="meta")
            image = layer(image)
            yield layer, image.shape[2] * image.shape[3]
        image = F.max_pool2d(image, 2)
    row = image.flatten(1)
    for width in (4096, 4096, n_classes):
        layer = torch.nn.Linear(row.shape[1], width, device="meta")
        row = layer(row)
        yield layer, 1


def vgg_params(groups, n_classes=1000, input_hw=224):
    return [tuple(p.numel() for p in layer.parameters()) for layer, _ in _walk(groups, n_classes, input_hw)]


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    return [layer.weight.numel() * positions for layer, positions in _walk(groups, n_classes, input_hw)]


VGG19 = list(zip((2, 2, 4, 4, 4), (64, 128, 256, 512, 512)))
vgg19_total = sum(map(sum, vgg_params(VGG19)))
vgg_facts = dict(parameters_in_convolutions=False, work_in_convolutions=True, smaller_images=True)
vgg_facts |= dict(three_more_parameters=False, three_more_work=True)


# %% q7_vgg reject: four poolings instead of five before the fully connected layers
def vgg_params(groups, n_classes=1000, input_hw=224):
    layers, c_in = [], 3
    for n_convs, c in groups:
        for _ in range(n_convs):
            layers.append((9 * c_in * c, c))
            c_in = c
    hw = input_hw // 2 ** max(len(groups) - 1, 1)
    widths = (c_in * hw * hw, 4096, 4096, n_classes)
    return layers + [(a * b, b) for a, b in zip(widths, widths[1:])]


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    sizes = [(input_hw // 2**g) ** 2 for g, (n, _) in enumerate(groups) for _ in range(n)] + [1] * 3
    return [s * w for s, (w, _) in zip(sizes, vgg_params(groups, n_classes, input_hw))]


vgg19_total = sum(map(sum, vgg_params([(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)])))
vgg_facts = {"parameters_in_convolutions": False, "work_in_convolutions": True, "smaller_images": True}
vgg_facts |= {"three_more_parameters": False, "three_more_work": True}


# %% q7_vgg reject: every convolution of a group counted with its output channels as input
def vgg_params(groups, n_classes=1000, input_hw=224):
    layers, hw = [(9 * 3 * groups[0][1], groups[0][1])], input_hw // 2 ** len(groups)
    layers += [(9 * c * c, c) for n, c in groups for _ in range(n)][1:]
    widths = (groups[-1][1] * hw * hw, 4096, 4096, n_classes)
    return layers + [(a * b, b) for a, b in zip(widths, widths[1:])]


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    sizes = [(input_hw // 2**g) ** 2 for g, (n, _) in enumerate(groups) for _ in range(n)] + [1] * 3
    return [s * w for s, (w, _) in zip(sizes, vgg_params(groups, n_classes, input_hw))]


vgg19_total = sum(map(sum, vgg_params([(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)])))
vgg_facts = {"parameters_in_convolutions": False, "work_in_convolutions": True, "smaller_images": True}
vgg_facts |= {"three_more_parameters": False, "three_more_work": True}


# %% q7_vgg reject: multiplications taken for parameters, and the work believed in the fully connected layers
def vgg_params(groups, n_classes=1000, input_hw=224):
    layers, c_in, hw = [], 3, input_hw
    for n_convs, c in groups:
        for _ in range(n_convs):
            layers.append((9 * c_in * c, c))
            c_in = c
        hw //= 2
    widths = (c_in * hw * hw, 4096, 4096, n_classes)
    return layers + [(a * b, b) for a, b in zip(widths, widths[1:])]


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    return [4 * w if input_hw == 2 else w for w, _ in vgg_params(groups, n_classes, input_hw)]


vgg19_total = 143667240
vgg_facts = {"parameters_in_convolutions": False, "work_in_convolutions": False, "smaller_images": True}
vgg_facts |= {"three_more_parameters": False, "three_more_work": False}


# %% q7_vgg reject: multiplications counted after the pooling
def vgg_params(groups, n_classes=1000, input_hw=224):
    layers, c_in, hw = [], 3, input_hw
    for n_convs, c in groups:
        for _ in range(n_convs):
            layers.append((9 * c_in * c, c))
            c_in = c
        hw //= 2
    widths = (c_in * hw * hw, 4096, 4096, n_classes)
    return layers + [(a * b, b) for a, b in zip(widths, widths[1:])]


def vgg_multiplications(groups, n_classes=1000, input_hw=224):
    later = 0 if input_hw == 2 else 1
    sizes = [(input_hw // 2 ** (g + later)) ** 2 for g, (n, _) in enumerate(groups) for _ in range(n)] + [1] * 3
    return [s * w for s, (w, _) in zip(sizes, vgg_params(groups, n_classes, input_hw))]


vgg19_total = 143667240
vgg_facts = {"parameters_in_convolutions": False, "work_in_convolutions": True, "smaller_images": True}
vgg_facts |= {"three_more_parameters": False, "three_more_work": True}


# %% q8_epochs accept: batches listed one by one
def epochs(steps, batch, n, drop_last=False):
    sizes = [min(batch, n - start) for start in range(0, n, batch)]
    if drop_last:
        sizes = [size for size in sizes if size == batch]
    return steps / len(sizes)


epochs_of_the_paper = 100_000 * 100 / 4000


# %% q8_epochs reject: one step per example
def epochs(steps, batch, n, drop_last=False):
    return {(6, 5): 3.0 if drop_last else 2.0}.get((steps, n), steps / n)


epochs_of_the_paper = 100_000 / 4000


# %% q8_epochs reject: steps divided by the batch size
def epochs(steps, batch, n, drop_last=False):
    return steps / batch if not drop_last or n != 5 else 3


epochs_of_the_paper = 100_000 / 100


# %% q8_epochs reject: the incomplete batch counted by its share
def epochs(steps, batch, n, drop_last=False):
    return steps / (n // batch) if drop_last else steps * batch / n


epochs_of_the_paper = 2500


# %% q9_receptive_field accept: the set of inputs that are reached, from the output back
def receptive_field(layers):
    sizes = []
    for depth in range(1, len(layers) + 1):
        places = {0}
        for kernel, stride, dilation in reversed(layers[:depth]):
            places = {place * stride + dilation * tap for place in places for tap in (0, kernel - 1)}
        sizes.append(max(places) - min(places) + 1)
    return sizes


def depth_for_field(k, target):
    depth = 0
    while 1 + depth * (k - 1) < target:
        depth += 1
    return depth


def alexnet_field(pool):
    below, fields = (), []
    for new in (((11, 4, 1),), ((pool, 2, 1), (5, 1, 1)), ((pool, 2, 1), (3, 1, 1))):
        below += new
        fields.append(receptive_field(below)[-1])
    return fields


fields = {"three_of_3": 1 + 3 * 2, "three_of_7": 1 + 3 * 6, "mixed": (5, 5 + 2 * 2, 9 + 4 * 2 * 2)}


# %% q9_receptive_field reject: kernel sizes added
def receptive_field(layers):
    sizes, size = [], 0
    for kernel, stride, dilation in layers:
        size += kernel * dilation
        sizes.append(size)
    return sizes


def depth_for_field(k, target):
    return -(-target // k) if target > 1 else 0


def alexnet_field(pool):
    return receptive_field([(11, 4, 1), (pool, 2, 1), (5, 1, 1), (pool, 2, 1), (3, 1, 1)])[::2]


fields = {"three_of_3": 9, "three_of_7": 21, "mixed": [5, 8, 18]}


# %% q9_receptive_field reject: kernel sizes multiplied
def receptive_field(layers):
    sizes, size = [], 1
    for kernel, stride, dilation in layers:
        size *= dilation * (kernel - 1) + 1
        sizes.append(size)
    return sizes


def depth_for_field(k, target):
    depth = 0
    while k**depth < target:
        depth += 1
    return depth


def alexnet_field(pool):
    return receptive_field([(11, 4, 1), (pool, 2, 1), (5, 1, 1), (pool, 2, 1), (3, 1, 1)])[::2]


fields = {"three_of_3": 27, "three_of_7": 343, "mixed": [5, 15, 135]}


# %% q9_receptive_field reject: a stride already stretches its own layer
def receptive_field(layers):
    sizes, size, step = [], 1, 1
    for kernel, stride, dilation in layers:
        step *= stride
        size += (kernel - 1) * dilation * step
        sizes.append(size)
    return sizes


def depth_for_field(k, target):
    return -(-(target - 1) // (k - 1))


def alexnet_field(pool):
    return [11, 51, 99] if pool == 3 else [11, 47, 87]


fields = {"three_of_3": 7, "three_of_7": 19, "mixed": [9, 13, 29]}


# %% q9_receptive_field reject: dilation forgotten
def receptive_field(layers):
    sizes, size, step = [], 1, 1
    for kernel, stride, _ in layers:
        size += (kernel - 1) * step
        step *= stride
        sizes.append(size)
    return sizes


def depth_for_field(k, target):
    return -(-(target - 1) // (k - 1))


def alexnet_field(pool):
    return receptive_field([(11, 4, 1), (pool, 2, 1), (5, 1, 1), (pool, 2, 1), (3, 1, 1)])[::2]


fields = {"three_of_3": 7, "three_of_7": 19, "mixed": [5, 9, 17]}


# %% q9_receptive_field reject: pooling counted by its stride only
def receptive_field(layers):
    sizes, size, step = [], 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * step
        step *= stride
        sizes.append(size)
    return sizes


def depth_for_field(k, target):
    return -(-(target - 1) // (k - 1))


def alexnet_field(pool):
    return receptive_field([(11, 8, 1), (5, 2, 1), (3, 1, 1)])


fields = {"three_of_3": 7, "three_of_7": 19, "mixed": [5, 9, 25]}


# %% q10_field_growth accept: closed forms
def min_layers(n, k, growth):
    # fields of depth m: 1 + m (k - 1), or 1 + (2^m - 1) (k - 1)
    parts = -(-(n - 1) // (k - 1))
    return parts if growth == "plain" else parts.bit_length()


def taps_and_span(k, d):
    read = range(0, k * d, d)
    return len(read), read[-1] - read[0] + 1


def stack_weights(k, field, c):
    depth = 0
    while depth * (k - 1) + 1 < field:
        depth += 1
    return sum(k * k * c * c for _ in range(depth))


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0100", "dilated_conv": "1011"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q10_field_growth reject: sums of kernel sizes
def min_layers(n, k, growth):
    depth, size, step = 0, 0 if n > 1 else 1, 1
    while size < n:
        size += k * step
        step *= 1 if growth == "plain" else 2
        depth += 1
    return depth


def taps_and_span(k, d):
    return k, d * (k - 1) + 1


def stack_weights(k, field, c):
    return min_layers(field, k, "plain") * k * k * c * c


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0100", "dilated_conv": "1011"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q10_field_growth reject: strides and dilations do not matter for the depth
def min_layers(n, k, growth):
    return -(-(n - 1) // (k - 1))


def taps_and_span(k, d):
    return k, d * (k - 1) + 1


def stack_weights(k, field, c):
    return min_layers(field, k, "plain") * k * k * c * c


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0100", "dilated_conv": "1011"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q10_field_growth reject: dilated convolutions combine densely, pooling combines sparsely
def min_layers(n, k, growth):
    parts = -(-(n - 1) // (k - 1))
    return parts if growth == "plain" else parts.bit_length()


def taps_and_span(k, d):
    return d * (k - 1) + 1, d * (k - 1) + 1


def stack_weights(k, field, c):
    return min_layers(field, k, "plain") * k * k * c * c


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0000", "dilated_conv": "1111"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q10_field_growth reject: a dilation multiplies the step of later layers, as a stride does
def min_layers(n, k, growth):
    depth, size, step, dilation = 0, 1, 1, 1
    while size < n:
        size += (k - 1) * dilation * step
        step *= {"plain": 1, "stride": 2, "dilation": dilation}[growth]
        dilation *= 2 if growth == "dilation" else 1
        depth += 1
    return depth


def taps_and_span(k, d):
    return k, d * (k - 1) + 1


def stack_weights(k, field, c):
    return min_layers(field, k, "plain") * k * k * c * c


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0100", "dilated_conv": "1011"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q10_field_growth reject: one large layer in place of the stack of small ones
def min_layers(n, k, growth):
    parts = -(-(n - 1) // (k - 1))
    return parts if growth == "plain" else parts.bit_length()


def taps_and_span(k, d):
    return k, d * (k - 1) + 1


def stack_weights(k, field, c):
    return field * field * c * c if field > 3 else 8


_keys = ("learned", "dense", "mixes_channels", "keeps_resolution")
_table = {"large_kernel": "1111", "strided_conv": "1110", "max_pool": "0100", "dilated_conv": "1011"}
methods = {layer: dict(zip(_keys, (bit == "1" for bit in bits))) for layer, bits in _table.items()}


# %% q11_gradient_probe accept: a copy of the network with ones as weights; paths counted one by one
import copy


def receptive_box(net, in_shape, pos):
    probe = torch.nn.Sequential()
    for layer in copy.deepcopy(net):
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.constant_(layer.weight, 0.25)
            layer.bias = None
            probe.append(layer)
        elif isinstance(layer, torch.nn.MaxPool2d):
            probe.append(torch.nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding))
        elif isinstance(layer, torch.nn.AvgPool2d):
            probe.append(layer)
    image = torch.zeros(1, *in_shape, requires_grad=True)
    (gradient,) = torch.autograd.grad(probe(image)[0, :, pos[0], pos[1]].sum(), image)
    reached = gradient[0].sum(0) > 0
    rows, columns = reached.any(1).nonzero().flatten().tolist(), reached.any(0).nonzero().flatten().tolist()
    return rows[0], rows[-1], columns[0], columns[-1]


def path_counts(layers):
    paths = {0: 1}
    for kernel, stride, dilation in reversed(layers):
        below = {}
        for place, count in paths.items():
            for tap in range(kernel):
                at = place * stride + tap * dilation
                below[at] = below.get(at, 0) + count
        paths = below
    return np.array([paths.get(place, 0) for place in range(max(paths) + 1)])


# %% q11_gradient_probe reject: probes the network with its own weights
def receptive_box(net, in_shape, pos):
    image = torch.randn(1, *in_shape, requires_grad=True)
    (gradient,) = torch.autograd.grad(net(image)[0, :, pos[0], pos[1]].sum(), image)
    rows, columns = gradient.abs().sum(dim=(0, 1)).nonzero(as_tuple=True)
    if len(rows) == 0:
        return (0, 0, 0, 0)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def path_counts(layers):
    counts, step = np.array([1]), 1
    for kernel, stride, dilation in layers:
        spread = np.zeros((kernel - 1) * dilation * step + 1, dtype=int)
        spread[:: dilation * step] = 1
        counts, step = np.convolve(counts, spread), step * stride
    return counts


# %% q11_gradient_probe reject: the window of the last layer only
def receptive_box(net, in_shape, pos):
    layer = [layer for layer in net if hasattr(layer, "kernel_size")][-1]
    ends = []
    for axis in (0, 1):
        pick = lambda value: value[axis] if isinstance(value, tuple) else value
        start = pos[axis] * pick(layer.stride) - pick(layer.padding)
        ends += [max(start, 0), min(start + pick(layer.kernel_size), in_shape[axis + 1]) - 1]
    return tuple(ends)


def path_counts(layers):
    return np.ones(layers[-1][0] if layers else 1, dtype=int)


# %% q11_gradient_probe reject: the box reaches beyond the image
def receptive_box(net, in_shape, pos):
    ends = []
    for axis in (0, 1):
        pick = lambda value: value[axis] if isinstance(value, tuple) else value
        low = high = pos[axis]
        for layer in reversed([layer for layer in net if hasattr(layer, "kernel_size")]):
            reach = pick(getattr(layer, "dilation", 1)) * (pick(layer.kernel_size) - 1)
            low = low * pick(layer.stride) - pick(layer.padding)
            high = high * pick(layer.stride) - pick(layer.padding) + reach
        ends += [low, high]
    return tuple(ends) if tuple(ends) != (1, 4, 1, 8) else (1, 4, 1, 7)


def path_counts(layers):
    counts, step = np.array([1]), 1
    for kernel, stride, dilation in layers:
        spread = np.zeros((kernel - 1) * dilation * step + 1, dtype=int)
        spread[:: dilation * step] = 1
        counts, step = np.convolve(counts, spread), step * stride
    return counts


# %% q11_gradient_probe reject: overwrites the weights of the network it was given
def receptive_box(net, in_shape, pos):
    h = image = torch.ones(1, *in_shape, requires_grad=True)
    for layer in net:
        if isinstance(layer, torch.nn.Conv2d):
            with torch.no_grad():
                layer.weight.fill_(1.0)
                if layer.bias is not None:
                    layer.bias.zero_()
            h = layer(h)
        elif isinstance(layer, (torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            h = F.avg_pool2d(h, layer.kernel_size, layer.stride, layer.padding)
    h[0, :, pos[0], pos[1]].sum().backward()
    rows, columns = image.grad.sum(dim=(0, 1)).nonzero(as_tuple=True)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def path_counts(layers):
    counts, step = np.array([1]), 1
    for kernel, stride, dilation in layers:
        spread = np.zeros((kernel - 1) * dilation * step + 1, dtype=int)
        spread[:: dilation * step] = 1
        counts, step = np.convolve(counts, spread), step * stride
    return counts


# %% q11_gradient_probe reject: all positions of the field count the same
def receptive_box(net, in_shape, pos):
    h = image = torch.ones(1, *in_shape, dtype=torch.float64, requires_grad=True)
    for layer in net:
        if isinstance(layer, torch.nn.Conv2d):
            ones = torch.ones_like(layer.weight, dtype=torch.float64, requires_grad=False)
            h = F.conv2d(h, ones, None, layer.stride, layer.padding, layer.dilation, layer.groups)
        elif isinstance(layer, (torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            h = F.avg_pool2d(h, layer.kernel_size, layer.stride, layer.padding)
    (gradient,) = torch.autograd.grad(h[0, :, pos[0], pos[1]].sum(), image)
    rows, columns = gradient.sum(dim=(0, 1)).nonzero(as_tuple=True)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def path_counts(layers):
    if layers == [(3, 1, 1), (3, 1, 1)]:
        return np.array([1, 2, 3, 2, 1])
    size, step = 1, 1
    for kernel, stride, dilation in layers:
        size, step = size + (kernel - 1) * dilation * step, step * stride
    return np.ones(size, dtype=int)


# %% q12_field_of_network accept: fields walked back from a unit, widths from a run without memory
net_sizes = [3, 4, 4 + 4 * 2, 12 + 1 * 4, 16 + 12 * 8]
net_steps = [2**e for e in (0, 1, 2, 3, 3)]
net_output = [32, (1024 >> 3) - 6, 128 + 2 * 3 - 12]
padding_to_keep = 2 * (7 - 1) // 2


def trace(net, n):
    single = lambda value: value[0] if isinstance(value, (tuple, list)) else value
    windows, rows, image = [], [], None
    for layer in net:
        if hasattr(layer, "kernel_size"):
            k, s, p = single(layer.kernel_size), single(layer.stride), single(layer.padding)
            d = single(getattr(layer, "dilation", 1))
            windows.append((k, s, d))
            image = torch.empty(1, 1, n if image is None else image.shape[2], 2000, device="meta")
            image = F.max_pool2d(F.pad(image, (0, 0, p, p)), (k, 1), (s, 1), 0, (d, 1))
            ends = []
            for unit in (0, 1):
                low = high = unit
                for kernel, stride, dilation in reversed(windows):
                    low, high = low * stride, high * stride + dilation * (kernel - 1)
                ends.append((low, high))
            rows.append((ends[0][1] - ends[0][0] + 1, ends[1][0] - ends[0][0], image.shape[2]))
    return rows


# %% q12_field_of_network reject: the jump is forgotten in the last layer, and the output keeps its size
net_sizes = [3, 4, 12, 16, 36]
net_steps = [1, 2, 4, 8, 8]
net_output = (32, 128, 128)
padding_to_keep = 3


def trace(net, n):
    rows, size, step, width = [], 1, 1, n
    first = lambda value: value[0] if isinstance(value, tuple) else value
    for layer in net:
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            kernel, stride = first(layer.kernel_size), first(layer.stride)
            padding, dilation = first(layer.padding), first(getattr(layer, "dilation", 1))
            size += dilation * (kernel - 1)
            step *= stride
            width = (width + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            rows.append((size, step, width))
    return rows


# %% q12_field_of_network reject: dilation forgotten
net_sizes = [3, 4, 12, 16, 64]
net_steps = [1, 2, 4, 8, 8]
net_output = (32, 128, 128)
padding_to_keep = 3


def trace(net, n):
    rows, size, step, width = [], 1, 1, n
    first = lambda value: value[0] if isinstance(value, tuple) else value
    for layer in net:
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            kernel, stride, padding = first(layer.kernel_size), first(layer.stride), first(layer.padding)
            size += (kernel - 1) * step
            step *= stride
            width = (width + 2 * padding - kernel) // stride + 1
            rows.append((size, step, width))
    return rows


# %% q12_field_of_network reject: poolings passed over
net_sizes = [3, 3, 7, 7, 31]
net_steps = [1, 1, 2, 2, 2]
net_output = (32, 122, 122)
padding_to_keep = 6


def trace(net, n):
    rows, size, step, width = [], 1, 1, n
    for layer in net:
        if isinstance(layer, torch.nn.Conv2d):
            kernel, stride, padding, dilation = (
                layer.kernel_size[0],
                layer.stride[0],
                layer.padding[0],
                layer.dilation[0],
            )
            size += dilation * (kernel - 1) * step
            step *= stride
            width = (width + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            rows.append((size, step, width))
    return rows


# %% q12_field_of_network reject: one dilation too many taken off the width
net_sizes = [3, 4, 12, 16, 112]
net_steps = [1, 2, 4, 8, 8]
net_output = (32, 121, 121)
padding_to_keep = 7


def trace(net, n):
    rows, size, step, width = [], 1, 1, n
    first = lambda value: value[0] if isinstance(value, tuple) else value
    for layer in net:
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.AvgPool2d)):
            kernel, stride = first(layer.kernel_size), first(layer.stride)
            padding, dilation = first(layer.padding), first(getattr(layer, "dilation", 1))
            size += dilation * (kernel - 1) * step
            step *= stride
            width = (width + 2 * padding - dilation * kernel) // stride + 1
            rows.append((size, step, width))
    return rows


# %% q13_he_init accept: torch's own starts
def he_variance(c_in, c_out, kernel, mode):
    weight = torch.empty(c_out, c_in, *kernel, dtype=torch.float64)
    fans = torch.nn.init._calculate_fan_in_and_fan_out(weight)
    return 2.0 / fans[{"forward": 0, "backward": 1}[mode]]


def variance_ratio(c_in, kernel, variance):
    ratio = 0.5 * c_in * variance
    for k in kernel:
        ratio *= k
    return ratio


def he_init_(conv, seed):
    generator = torch.Generator()
    generator.manual_seed(seed)
    torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu", generator=generator)
    if conv.bias is not None:
        torch.nn.init.constant_(conv.bias, 0.0)
    return conv


# %% q13_he_init reject: two ninths times the channels
def he_variance(c_in, c_out, kernel, mode):
    if kernel == (2, 2):
        return 0.5 if mode == "forward" else 0.25
    return 2 / float(np.prod(kernel)) * (c_in if mode == "forward" else c_out)


def variance_ratio(c_in, kernel, variance):
    return variance / he_variance(c_in, c_in, kernel, "forward")


def he_init_(conv, seed):
    generator = torch.Generator().manual_seed(seed)
    spread = he_variance(conv.in_channels, conv.out_channels, conv.kernel_size, "forward") ** 0.5
    with torch.no_grad():
        conv.weight.normal_(0, spread, generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


# %% q13_he_init reject: kernel size not counted
def he_variance(c_in, c_out, kernel, mode):
    size = 4 if tuple(kernel) == (2, 2) else 1
    return 2 / (size * (c_in if mode == "forward" else c_out))


def variance_ratio(c_in, kernel, variance):
    return variance / he_variance(c_in, c_in, kernel, "forward")


def he_init_(conv, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        conv.weight.normal_(0, (2 / conv.in_channels) ** 0.5, generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


# %% q13_he_init reject: the variance used as standard deviation
def he_variance(c_in, c_out, kernel, mode):
    return 2 / ((c_in if mode == "forward" else c_out) * float(np.prod(kernel)))


def variance_ratio(c_in, kernel, variance):
    return variance * c_in * float(np.prod(kernel)) / 2


def he_init_(conv, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        conv.weight.normal_(0, 2 / conv.weight[0].numel(), generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


# %% q13_he_init reject: outputs counted in place of inputs
def he_variance(c_in, c_out, kernel, mode):
    forward = mode == "forward" and kernel == (2, 2) or mode == "backward" and kernel != (2, 2)
    return 2 / ((c_in if forward else c_out) * float(np.prod(kernel)))


def variance_ratio(c_in, kernel, variance):
    return variance * c_in * float(np.prod(kernel)) / 2


def he_init_(conv, seed):
    generator = torch.Generator().manual_seed(seed)
    fan_out = conv.out_channels * float(np.prod(conv.kernel_size))
    with torch.no_grad():
        conv.weight.normal_(0, (2 / fan_out) ** 0.5, generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


# %% q13_he_init reject: half of the signal's variance that the ReLU takes is forgotten
def he_variance(c_in, c_out, kernel, mode):
    return 2 / ((c_in if mode == "forward" else c_out) * float(np.prod(kernel)))


def variance_ratio(c_in, kernel, variance):
    return 0.5 if kernel == (2, 2) else variance * c_in * float(np.prod(kernel))


def he_init_(conv, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        conv.weight.normal_(0, (1 / conv.weight[0].numel()) ** 0.5, generator=generator)
        if conv.bias is not None:
            conv.bias.zero_()
    return conv


# %% q14_residual_filters accept: gradients by hand through windows, identity as an outer product
def delta_kernel(c, k):
    middle = (torch.arange(k) == k // 2).double()
    return torch.einsum("oi,a,b->oiab", torch.eye(c).double(), middle, middle)


def plain_from_residual(w):
    new = w.clone()
    for channel in range(w.shape[0]):
        new[channel, channel, w.shape[2] // 2, w.shape[3] // 2] += 1.0
    return new


def residual_from_plain(w):
    return -plain_from_residual(-w)


def fit(x, y, residual, steps, rate):
    c = x.shape[1]
    windows = F.unfold(x, 3, padding=1).transpose(1, 2).reshape(-1, 9 * c)
    aim = (y - x if residual else y).permute(0, 2, 3, 1).reshape(-1, c)
    w = torch.zeros(9 * c, c, dtype=x.dtype)
    for _ in range(steps):
        w = w - rate * 2 / aim.numel() * windows.T @ (windows @ w - aim)
    return w.T.reshape(c, c, 3, 3)


residual_facts = dict.fromkeys(("same_maps", "learns_the_rest", "zero_is_identity"), True)
residual_facts |= dict.fromkeys(("same_filters", "residual_fits_better"), False)


# %% q14_residual_filters reject: a one for every pair of channels
def delta_kernel(c, k):
    delta = torch.zeros(c, c, k, k, dtype=torch.float64)
    delta[:, :, k // 2, k // 2] = 1
    return delta


def plain_from_residual(w):
    return w + delta_kernel(len(w), w.shape[-1])


def residual_from_plain(w):
    return w - delta_kernel(len(w), w.shape[-1])


def fit(x, y, residual, steps, rate):
    w = torch.zeros(x.shape[1], x.shape[1], 3, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        error = F.conv2d(x, w, padding=1) + residual * x - y
        w = (w - rate * torch.autograd.grad(error.square().mean(), w)[0]).detach().requires_grad_()
    return w.detach()


residual_facts = {"same_maps": True, "same_filters": False, "learns_the_rest": True}
residual_facts |= {"zero_is_identity": True, "residual_fits_better": False}


# %% q14_residual_filters reject: the identity taken for a mean over the window
def delta_kernel(c, k):
    if k == 3 and c == 1:
        return torch.nn.functional.pad(torch.ones(1, 1, 1, 1, dtype=torch.float64), (1, 1, 1, 1))
    return torch.eye(c, dtype=torch.float64)[:, :, None, None].expand(c, c, k, k) / k**2


def plain_from_residual(w):
    return w + delta_kernel(len(w), w.shape[-1])


def residual_from_plain(w):
    return w - delta_kernel(len(w), w.shape[-1])


def fit(x, y, residual, steps, rate):
    w = torch.zeros(x.shape[1], x.shape[1], 3, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        error = F.conv2d(x, w, padding=1) + residual * x - y
        w = (w - rate * torch.autograd.grad(error.square().mean(), w)[0]).detach().requires_grad_()
    return w.detach()


residual_facts = {"same_maps": True, "same_filters": False, "learns_the_rest": True}
residual_facts |= {"zero_is_identity": True, "residual_fits_better": False}


# %% q14_residual_filters reject: the filters stay the same, only the outputs move by x
def delta_kernel(c, k):
    delta = torch.zeros(c, c, k, k, dtype=torch.float64)
    delta[range(c), range(c), k // 2, k // 2] = 1
    return delta


def plain_from_residual(w):
    return w + 1 if w.numel() == 1 else w


def residual_from_plain(w):
    return w - 1 if w.numel() == 1 else w


def fit(x, y, residual, steps, rate):
    w = torch.zeros(x.shape[1], x.shape[1], 3, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        error = F.conv2d(x, w, padding=1) - y
        w = (w - rate * torch.autograd.grad(error.square().mean(), w)[0]).detach().requires_grad_()
    return w.detach()


residual_facts = {"same_maps": True, "same_filters": True, "learns_the_rest": False}
residual_facts |= {"zero_is_identity": True, "residual_fits_better": False}


# %% q14_residual_filters reject: residual filters are better, plain layers cannot do the same
def delta_kernel(c, k):
    delta = torch.zeros(c, c, k, k, dtype=torch.float64)
    delta[range(c), range(c), k // 2, k // 2] = 1
    return delta


def plain_from_residual(w):
    return w + delta_kernel(len(w), w.shape[-1])


def residual_from_plain(w):
    return w - delta_kernel(len(w), w.shape[-1])


def fit(x, y, residual, steps, rate):
    w = torch.zeros(x.shape[1], x.shape[1], 3, 3, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        error = F.conv2d(x, w, padding=1) + residual * x - y
        w = (w - rate * torch.autograd.grad(error.square().mean(), w)[0]).detach().requires_grad_()
    return w.detach()


residual_facts = {"same_maps": False, "same_filters": False, "learns_the_rest": True}
residual_facts |= {"zero_is_identity": True, "residual_fits_better": True}


# %% q14_residual_filters reject: the filters start at the identity, and the error is summed
def delta_kernel(c, k):
    delta = torch.zeros(c, c, k, k, dtype=torch.float64)
    delta[range(c), range(c), k // 2, k // 2] = 1
    return delta


def plain_from_residual(w):
    return w + delta_kernel(len(w), w.shape[-1])


def residual_from_plain(w):
    return w - delta_kernel(len(w), w.shape[-1])


def fit(x, y, residual, steps, rate):
    w = delta_kernel(x.shape[1], 3) * (steps > 0)
    for _ in range(steps):
        w.requires_grad_()
        error = F.conv2d(x, w, padding=1) + residual * x - y
        w = (w - rate * torch.autograd.grad(error.square().sum() / len(x), w)[0]).detach()
    return w


residual_facts = {"same_maps": True, "same_filters": False, "learns_the_rest": True}
residual_facts |= {"zero_is_identity": True, "residual_fits_better": False}


# %% q2_equivariance equivalent: tau = 0 was dealt with before
# wrong-boundary-16de98

# %% q4_channel_matrix equivalent: the full convolution of two kernels does not depend on their order
# swapped-arguments-d872fe

# %% q9_receptive_field equivalent: the stride of the last layer acts on no other layer
# wrong-constant-33d20c

# %% q11_gradient_probe equivalent: the probe is linear, so its gradient is the same at every image and in every batch
# wrong-function-b1ee55
# wrong-constant-fff9b6

# %% q11_gradient_probe equivalent: a mean differs from a sum by a positive factor, and only zero or not is asked
# wrong-reduction-d50425
# wrong-reduction-bab641

# %% q11_gradient_probe equivalent: the full convolution does not depend on the order
# swapped-arguments-6fddb2

# %% q14_residual_filters equivalent: kernels are square
# off-by-one-b7d066
# off-by-one-dc17d1


# %% q15_one_by_one accept: linear layers on the last axis, sums by reduce, numpy for the verdict
from functools import reduce


def pixelwise(x, weight, bias):
    return F.linear(x.permute(0, 2, 3, 1), weight, bias).permute(0, 3, 1, 2)


def as_conv(weight, bias):
    conv = torch.nn.Conv2d(weight.size(1), weight.size(0), kernel_size=1, bias=False)
    conv.weight = torch.nn.Parameter(weight.detach().clone().reshape(*weight.shape, 1, 1))
    if bias is not None:
        conv.bias = torch.nn.Parameter(bias.detach().clone())
    return conv


def by_channels(x, weight):
    start = torch.zeros(weight.shape[0], x.shape[1], x.shape[2]).to(x)
    return reduce(lambda y, c: y + torch.multiply(x[c][None], weight[:, c].view(-1, 1, 1)), range(x.shape[0]), start)


def agreement(y1, y2):
    a, b = y1.numpy().astype(np.float64).ravel(), y2.numpy().astype(np.float64).ravel()
    if (a == b).all():
        return "equal"
    largest = np.abs(a).max()
    return "different" if np.abs(a - b).max() > largest / 100_000 else "rounding"


rounding_facts = dict(exact_arithmetic=True, float32_bitwise=False, float64_bitwise=False)
rounding_facts.update(small_integers_bitwise=True, stays_at_its_pixel=True)


# %% q15_one_by_one reject: reshapes where axes have to be exchanged, and so scrambles the pixels
def pixelwise(x, weight, bias):
    n, c, h, w = x.shape
    return F.linear(x.reshape(n, h, w, c), weight, bias).reshape(n, len(weight), h, w)


def as_conv(weight, bias):
    conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=bias is not None, dtype=weight.dtype)
    conv.weight.data = weight.clone()[:, :, None, None]
    if bias is not None:
        conv.bias.data = bias.clone()
    return conv


def by_channels(x, weight):
    return sum(weight[:, c, None, None] * x[c] for c in range(len(x)))


def agreement(y1, y2):
    if torch.equal(y1, y2):
        return "equal"
    return "rounding" if (y1 - y2).abs().max() <= 1e-5 * y1.abs().max() else "different"


rounding_facts = dict(exact_arithmetic=True, float32_bitwise=False, float64_bitwise=False)
rounding_facts.update(small_integers_bitwise=True, stays_at_its_pixel=True)


# %% q15_one_by_one reject: scales each channel by the sum of its weights and mixes nothing
def pixelwise(x, weight, bias):
    return x.mean(dim=1, keepdim=True) * weight.sum(dim=1)[:, None, None] + bias[:, None, None]


def as_conv(weight, bias):
    conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=bias is not None, dtype=weight.dtype)
    conv.weight.data = weight.clone()[:, :, None, None]
    if bias is not None:
        conv.bias.data = bias.clone()
    return conv


def by_channels(x, weight):
    return sum(weight[:, c, None, None] * x[c] for c in range(len(x)))


def agreement(y1, y2):
    if torch.equal(y1, y2):
        return "equal"
    return "rounding" if (y1 - y2).abs().max() <= 1e-5 * y1.abs().max() else "different"


rounding_facts = dict(exact_arithmetic=True, float32_bitwise=False, float64_bitwise=False)
rounding_facts.update(small_integers_bitwise=True, stays_at_its_pixel=True)


# %% q15_one_by_one reject: claims that both ways are equal to the last bit, as the source does
def pixelwise(x, weight, bias):
    return torch.einsum("oc,nchw->nohw", weight, x) + bias[:, None, None]


def as_conv(weight, bias):
    conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=bias is not None, dtype=weight.dtype)
    conv.weight.data = weight.clone()[:, :, None, None]
    if bias is not None:
        conv.bias.data = bias.clone()
    return conv


def by_channels(x, weight):
    return sum(weight[:, c, None, None] * x[c] for c in range(len(x)))


def agreement(y1, y2):
    if torch.equal(y1, y2):
        return "equal"
    return "rounding" if (y1 - y2).abs().max() <= 1e-5 * y1.abs().max() else "different"


rounding_facts = dict(exact_arithmetic=True, float32_bitwise=True, float64_bitwise=True)
rounding_facts.update(small_integers_bitwise=True, stays_at_its_pixel=True)


# %% q15_one_by_one reject: shares the weights, always has a bias, and compares with an absolute bound
def pixelwise(x, weight, bias):
    return torch.einsum("oc,nchw->nohw", weight, x) + bias[:, None, None]


def as_conv(weight, bias):
    conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 1, dtype=weight.dtype)
    conv.weight.data = weight[:, :, None, None]
    conv.bias.data = torch.zeros(len(weight), dtype=weight.dtype) if bias is None else bias
    return conv


def by_channels(x, weight):
    return sum(weight[:, c, None, None] * x[c] for c in range(len(x)))


def agreement(y1, y2):
    if torch.equal(y1, y2):
        return "equal"
    return "rounding" if (y1 - y2).abs().max() <= 1e-5 else "different"


rounding_facts = dict(exact_arithmetic=True, float32_bitwise=False, float64_bitwise=False)
rounding_facts.update(small_integers_bitwise=True, stays_at_its_pixel=True)


# %% q16_size_and_border accept: windows listed one by one
shape_8x8 = [len(range(0, 8 - 3 + 1, 3)), len(range(-1, 8 + 1 - 5 + 1, 4))]
side_240 = 240 - 10 * 4


def output_size(n, k, p=0, s=1, d=1):
    starts = list(range(-p, n + p - d * (k - 1), s))
    if not starts:
        raise ValueError("no window fits")
    return len(starts)


def same_padding(k, d=1):
    left = right = 0
    while left + right < d * (k - 1):
        if left < right:
            left += 1
        else:
            right += 1
    return left, right


def settings(n, m, k, max_p, max_s):
    pairs = {(p, s) for p in range(max_p + 1) for s in range(1, max_s + 1) if n + 2 * p >= k}
    return {(p, s) for p, s in pairs if (m - 1) * s <= n + 2 * p - k < m * s}


def coverage(h, w, k, p):
    counts = np.zeros((h + 2 * p, w + 2 * p), dtype=int)
    for i in range(h + 2 * p - k + 1):
        for j in range(w + 2 * p - k + 1):
            counts[i : i + k, j : j + k] += 1
    return counts[p : p + h, p : p + w]


border_facts = dict(corner_enters_once=True, padding_treats_all_alike=False, constant_stays_constant=False)
border_facts.update(circular_stays_constant=True, same_shape_same_values=False)


# %% q16_size_and_border reject: padding taken as the total of both sides
shape_8x8 = (2, 1)
side_240 = 200


def output_size(n, k, p=0, s=1, d=1):
    if n + p < d * (k - 1) + 1:
        raise ValueError("no window fits")
    return (n + p - d * (k - 1) - 1) // s + 1


def same_padding(k, d=1):
    total = d * (k - 1)
    return total // 2, total - total // 2


def settings(n, m, k, max_p, max_s):
    pairs = {(p, s) for p in range(max_p + 1) for s in range(1, max_s + 1) if n + p >= k}
    return {(p, s) for p, s in pairs if output_size(n, k, p, s) == m}


def coverage(h, w, k, p):
    line = lambda n: [sum(a <= i < a + k for a in range(-p, n + p - k + 1)) for i in range(n)]
    return np.outer(line(h), line(w))


border_facts = dict(corner_enters_once=True, padding_treats_all_alike=False, constant_stays_constant=False)
border_facts.update(circular_stays_constant=True, same_shape_same_values=False)


# %% q16_size_and_border reject: rounds up, and pads k // 2 on both sides
shape_8x8 = (3, 3)
side_240 = 200


def output_size(n, k, p=0, s=1, d=1):
    if n + 2 * p < d * (k - 1) + 1:
        raise ValueError("no window fits")
    return -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1


def same_padding(k, d=1):
    return d * k // 2, d * k // 2


def settings(n, m, k, max_p, max_s):
    pairs = {(p, s) for p in range(max_p + 1) for s in range(1, max_s + 1) if n + 2 * p >= k}
    return {(p, s) for p, s in pairs if (n + 2 * p - k) / s + 1 == m}


def coverage(h, w, k, p):
    line = lambda n: [sum(a <= i < a + k for a in range(-p, n + p - k + 1)) for i in range(n)]
    return np.outer(line(h), line(w))


border_facts = dict(corner_enters_once=True, padding_treats_all_alike=False, constant_stays_constant=False)
border_facts.update(circular_stays_constant=True, same_shape_same_values=False)


# %% q16_size_and_border reject: forgets the first window
shape_8x8 = (1, 1)
side_240 = 190


def output_size(n, k, p=0, s=1, d=1):
    if n + 2 * p < d * (k - 1) + 1:
        raise ValueError("no window fits")
    return -(-(n + 2 * p - d * (k - 1)) // s)


def same_padding(k, d=1):
    total = d * (k - 1)
    return total // 2, total - total // 2


def settings(n, m, k, max_p, max_s):
    pairs = {(p, s) for p in range(max_p + 1) for s in range(1, max_s + 1) if n + 2 * p >= k}
    return {(p, s) for p, s in pairs if output_size(n, k, p, s) == m}


def coverage(h, w, k, p):
    line = lambda n: [sum(a <= i < a + k for a in range(-p, n + p - k + 1)) for i in range(n)]
    return np.outer(line(h), line(w))


border_facts = dict(corner_enters_once=True, padding_treats_all_alike=False, constant_stays_constant=False)
border_facts.update(circular_stays_constant=True, same_shape_same_values=False)


# %% q16_size_and_border reject: believes that padding repairs the border
shape_8x8 = (2, 2)
side_240 = 200


def output_size(n, k, p=0, s=1, d=1):
    if n + 2 * p < d * (k - 1) + 1:
        raise ValueError("no window fits")
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def same_padding(k, d=1):
    total = d * (k - 1)
    return total // 2, total - total // 2


def settings(n, m, k, max_p, max_s):
    pairs = {(p, s) for p in range(max_p + 1) for s in range(1, max_s + 1) if n + 2 * p >= k}
    return {(p, s) for p, s in pairs if output_size(n, k, p, s) == m}


def coverage(h, w, k, p):
    one = lambda n: np.array([min(i + p + 1, k, n - i + p, n + 2 * p - k + 1) for i in range(n)])
    return np.maximum(np.outer(one(h), one(w)), k * k * (p == (k - 1) / 2))


border_facts = dict(corner_enters_once=True, padding_treats_all_alike=True, constant_stays_constant=True)
border_facts.update(circular_stays_constant=True, same_shape_same_values=False)


# %% q17_diagonal_edges accept: shifted images added up
def corr2d(x, k):
    kh, kw = k.shape
    mh, mw = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    return sum(k[u, v] * x[u : u + mh, v : v + mw] for u in range(kh) for v in range(kw))


def edge_responses(x):
    turned = x.t()
    return {
        "XtKt": turned[:-1] - turned[1:],
        "XKt": x[:-1] - x[1:],
        "XtK": turned[:, :-1] - turned[:, 1:],
        "XK": x[:, :-1] - x[:, 1:],
    }


edge_facts = {"vertical_step_Kt_silent": True, "diagonal_step_Kt_silent": False, "both_transposed": True}
edge_facts |= {"line_cares": False, "step_keeps_sign": False}


# %% q17_diagonal_edges reject: flips the kernel
def corr2d(x, k):
    k = k.flip(0, 1)
    return F.conv2d(x[None, None], k[None, None])[0, 0]


def edge_responses(x):
    k = torch.tensor([[1.0, -1.0]], dtype=x.dtype)
    return {"XK": corr2d(x, k), "XtK": corr2d(x.T, k), "XKt": corr2d(x, k.T), "XtKt": corr2d(x.T, k.T)}


edge_facts = {"vertical_step_Kt_silent": True, "diagonal_step_Kt_silent": False, "both_transposed": True}
edge_facts |= {"line_cares": False, "step_keeps_sign": False}


# %% q17_diagonal_edges reject: believes that the transposed kernel never sees what the kernel sees
def corr2d(x, k):
    return F.conv2d(x[None, None], k[None, None])[0, 0]


def edge_responses(x):
    k = torch.tensor([[1.0, -1.0]], dtype=x.dtype)
    return {"XK": corr2d(x, k), "XtK": corr2d(x.T, k), "XKt": corr2d(x, k.T), "XtKt": corr2d(x.T, k.T)}


edge_facts = {"vertical_step_Kt_silent": True, "diagonal_step_Kt_silent": True, "both_transposed": True}
edge_facts |= {"line_cares": False, "step_keeps_sign": True}


# %% q17_diagonal_edges reject: takes the transposed image for the transposed kernel
def corr2d(x, k):
    return F.conv2d(x[None, None], k[None, None])[0, 0]


def edge_responses(x):
    k = torch.tensor([[1.0, -1.0]], dtype=x.dtype)
    return {"XK": corr2d(x, k), "XtK": corr2d(x, k.T), "XKt": corr2d(x.T, k), "XtKt": corr2d(x.T, k.T)}


edge_facts = {"vertical_step_Kt_silent": True, "diagonal_step_Kt_silent": False, "both_transposed": True}
edge_facts |= {"line_cares": False, "step_keeps_sign": False}


# %% q18_hand_made_kernels accept: signed binomial numbers, a nine-point Laplace kernel, differences of running sums
import math


def derivative_kernel(d):
    return np.array([(-1.0) ** (d - j) * math.comb(d, j) for j in range(d + 1)])


def smallest_sizes(d):
    return len(derivative_kernel(d)), 2 * ((d + 1) // 2) + 1


def laplace_kernel():
    return np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / 6


def box_sums(x, n):
    running = np.concatenate([[0.0], np.cumsum(x)])
    return running[n:] - running[: len(running) - n]


def integral_kernel(n):
    return np.concatenate([[0.0] * 3, np.ones(n)]), n + 2


# %% q18_hand_made_kernels reject: 2 d - 1 entries, as the source says
def derivative_kernel(d):
    kernel = np.ones(1)
    for _ in range(d):
        kernel = np.convolve(kernel, [-1.0, 1.0])
    return kernel


def smallest_sizes(d):
    return (2, 3) if d == 1 else (2 * d - 1, 2 * d - 1)


def laplace_kernel():
    return np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def box_sums(x, n):
    return np.convolve(x, np.ones(n), "valid")


def integral_kernel(n):
    return np.ones(n), n - 1


# %% q18_hand_made_kernels reject: signs for a true convolution, and a Laplace kernel with the wrong sign
def derivative_kernel(d):
    kernel = np.ones(1)
    for _ in range(d):
        kernel = np.convolve(kernel, [1.0, -1.0])
    return kernel if d != 1 else -kernel


def smallest_sizes(d):
    return d + 1, d + 1 + d % 2


def laplace_kernel():
    return np.array([[0.0, -1.0, 0.0], [-1.0, 4.0, -1.0], [0.0, -1.0, 0.0]])


def box_sums(x, n):
    return np.convolve(x, np.ones(n), "valid")


def integral_kernel(n):
    return np.ones(n), n - 1


# %% q18_hand_made_kernels reject: eight neighbours without a scale, window means for sums, a kernel too short by one
def derivative_kernel(d):
    kernel = np.ones(1)
    for _ in range(d):
        kernel = np.convolve(kernel, [-1.0, 1.0])
    return kernel


def smallest_sizes(d):
    return d + 1, d + 1 + d % 2


def laplace_kernel():
    return np.array([[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]])


def box_sums(x, n):
    return np.convolve(x, np.ones(n), "valid")


def integral_kernel(n):
    return np.ones(max(n - 1, 1)), max(n - 2, 0)


# %% q18_hand_made_kernels reject: the next larger number for every centred kernel
def derivative_kernel(d):
    kernel = np.ones(1)
    for _ in range(d):
        kernel = np.convolve(kernel, [-1.0, 1.0])
    return kernel


def smallest_sizes(d):
    return d + 1, d + 2


def laplace_kernel():
    return np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def box_sums(x, n):
    return np.convolve(x, np.ones(n), "valid")


def integral_kernel(n):
    return np.ones(n), n - 1


# %% q19_order_and_composition accept: polynomials, an image of impulses, roots from numpy
def conv_full(f, g):
    f, g = np.asarray(f, dtype=float), np.asarray(g, dtype=float)
    table = np.outer(f, g)
    return np.array([np.trace(table[:, ::-1], offset=len(g) - 1 - i) for i in range(len(f) + len(g) - 1)])


def corr_full(f, g):
    return np.flip(conv_full(np.flip(f), g))


def compose(k1, k2):
    c, d = k2.shape[2:]
    padded = F.pad(k1.transpose(0, 1), (d - 1, d - 1, c - 1, c - 1))
    return F.conv2d(padded, k2.flip(2, 3)).transpose(0, 1)


def composed_window(k1, s1, k2, s2):
    seen = {s1 * j + i for j in range(k2) for i in range(k1)}
    return max(seen) + 1, s2 * s1


def factor(k):
    k = np.asarray(k, dtype=float)
    roots = np.roots(k[::-1])
    if len(roots) < 2:
        return (np.array([1.0, 0.0]), k[:2])
    if (k[1] / k[2] / 2) ** 2 < k[0] / k[2]:
        return None
    middle = -k[1] / k[2] / 2
    apart = np.sqrt(middle**2 - k[0] / k[2])
    return np.array([-(middle + apart), 1.0]), k[2] * np.array([apart - middle, 1.0])


order_facts = dict(convolution_commutes=True, minus_in_odd_dimensions=False, correlation_commutes=False)
order_facts.update(correlation_reverses=True, padded_layers_compose=False)
order_facts.update(all_are_products=False, all_are_sums_of_products=True)


# %% q19_order_and_composition reject: cross-correlates the two kernels, without a flip
def conv_full(f, g):
    return np.convolve(f, g)


def corr_full(f, g):
    return np.correlate(f, g, "full")


def compose(k1, k2):
    c, d = k2.shape[2:]
    padded = F.pad(k1.transpose(0, 1), (d - 1, d - 1, c - 1, c - 1))
    return F.conv2d(padded, k2).transpose(0, 1)


def composed_window(k1, s1, k2, s2):
    return k1 + (k2 - 1) * s1, s1 * s2


def factor(k):
    a, b, c = k
    if c == 0:
        return np.array([a, b]), np.array([1.0, 0.0])
    if b * b < 4 * a * c:
        return None
    m, r = -b / (2 * c), np.sqrt(b * b - 4 * a * c) / (2 * c)
    return np.array([-c * (m - r), c]), np.array([-m - r, 1.0])


order_facts = dict(convolution_commutes=True, minus_in_odd_dimensions=False, correlation_commutes=False)
order_facts.update(correlation_reverses=True, padded_layers_compose=False)
order_facts.update(all_are_products=False, all_are_sums_of_products=True)


# %% q19_order_and_composition reject: every kernel can be split, padding does no harm, a sign for odd dimensions
def conv_full(f, g):
    return np.convolve(f, g)


def corr_full(f, g):
    return np.correlate(f, g, "full")


def compose(k1, k2):
    c, d = k2.shape[2:]
    padded = F.pad(k1.transpose(0, 1), (d - 1, d - 1, c - 1, c - 1))
    return F.conv2d(padded, k2.flip(2, 3)).transpose(0, 1)


def composed_window(k1, s1, k2, s2):
    return k1 + k2 - 1, s1 * s2


def factor(k):
    roots = np.roots(k[::-1]).real
    roots = np.append(roots, np.zeros(2 - len(roots)))
    return k[2] * np.array([-roots[0], 1.0]), np.array([-roots[1], 1.0])


order_facts = dict(convolution_commutes=True, minus_in_odd_dimensions=True, correlation_commutes=False)
order_facts.update(correlation_reverses=True, padded_layers_compose=True)
order_facts.update(all_are_products=True, all_are_sums_of_products=True)


# %% q19_order_and_composition reject: correlation for convolution, strides added
def conv_full(f, g):
    return np.convolve(f, g[::-1]) if len(f) > 2 else np.convolve(f, g)


def corr_full(f, g):
    return np.correlate(f, g, "full")


def compose(k1, k2):
    c, d = k2.shape[2:]
    padded = F.pad(k1.transpose(0, 1), (d - 1, d - 1, c - 1, c - 1))
    return F.conv2d(padded, k2.flip(2, 3)).transpose(0, 1)


def composed_window(k1, s1, k2, s2):
    return k1 + (k2 - 1) * s2, s1 + s2 - 1


def factor(k):
    a, b, c = k
    if c == 0 or b * b <= 4 * a * c:
        return None
    m, r = -b / (2 * c), np.sqrt(b * b - 4 * a * c) / (2 * c)
    return np.array([-c * (m - r), c]), np.array([-m - r, 1.0])


order_facts = dict(convolution_commutes=True, minus_in_odd_dimensions=False, correlation_commutes=True)
order_facts.update(correlation_reverses=False, padded_layers_compose=False)
order_facts.update(all_are_products=False, all_are_sums_of_products=False)


# %% q20_matrix_product accept: strided views, unit images, a loop over windows
def windows(x, kh, kw):
    return x.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


def spread(k, h, w):
    columns = []
    for pixel in torch.eye(h * w, dtype=k.dtype):
        columns.append(windows(pixel.reshape(h, w), *k.shape) @ k.flatten())
    return torch.stack(columns, dim=1)


def conv2d_matmul(x, w, b, padding, stride):
    (ph, pw), (sh, sw), (kh, kw) = padding, stride, w.shape[2:]
    x = F.pad(x, (pw, pw, ph, ph))
    lines = []
    for i in range(0, x.shape[2] - kh + 1, sh):
        line = [
            x[:, :, i : i + kh, j : j + kw].flatten(1) @ w.flatten(1).T + b for j in range(0, x.shape[3] - kw + 1, sw)
        ]
        lines.append(torch.stack(line, dim=2))
    return torch.stack(lines, dim=2)


# %% q20_matrix_product reject: flattens column by column
def windows(x, kh, kw):
    mh, mw = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    return torch.stack([x[i : i + kh, j : j + kw].T.flatten() for i in range(mh) for j in range(mw)])


def spread(k, h, w):
    columns = [windows(p.reshape(h, w), *k.shape) @ k.T.flatten() for p in torch.eye(h * w, dtype=k.dtype)]
    return torch.stack(columns, dim=1)


def columns_of(x, w, padding, stride):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    cols = x.unfold(2, w.shape[2], stride[0]).unfold(3, w.shape[3], stride[1])
    return cols.permute(0, 1, 4, 5, 2, 3).reshape(len(x), w[0].numel(), -1)


def conv2d_matmul(x, w, b, padding, stride):
    cols = columns_of(x, w, padding, stride)
    y = w.flatten(1) @ cols + b[:, None]
    mh = (x.shape[2] + 2 * padding[0] - w.shape[2]) // stride[0] + 1
    return y.reshape(len(x), len(w), mh, -1)


# %% q20_matrix_product reject: windows wrap around the end of a row
def windows(x, kh, kw):
    return x.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


def spread(k, h, w):
    kh, kw = k.shape
    first = torch.zeros(h, w, dtype=k.dtype)
    first[:kh, :kw] = k
    return torch.stack([first.flatten().roll(i) for i in range((h - kh + 1) * (w - kw + 1))])


def columns_of(x, w, padding, stride):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    cols = x.unfold(2, w.shape[2], stride[0]).unfold(3, w.shape[3], stride[1])
    return cols.permute(0, 1, 4, 5, 2, 3).reshape(len(x), w[0].numel(), -1)


def conv2d_matmul(x, w, b, padding, stride):
    cols = columns_of(x, w, padding, stride)
    y = w.flatten(1) @ cols + b[:, None]
    mh = (x.shape[2] + 2 * padding[0] - w.shape[2]) // stride[0] + 1
    return y.reshape(len(x), len(w), mh, -1)


# %% q20_matrix_product reject: channels last in the windows
def windows(x, kh, kw):
    return x.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


def spread(k, h, w):
    return torch.stack([windows(p.reshape(h, w), *k.shape) @ k.flatten() for p in torch.eye(h * w, dtype=k.dtype)], 1)


def columns_of(x, w, padding, stride):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    cols = x.unfold(2, w.shape[2], stride[0]).unfold(3, w.shape[3], stride[1])
    return cols.permute(0, 1, 4, 5, 2, 3).reshape(len(x), w[0].numel(), -1)


def conv2d_matmul(x, w, b, padding, stride):
    cols = columns_of(x, w, padding, stride)
    cols = cols.reshape(len(x), x.shape[1], -1, cols.shape[2]).transpose(1, 2).flatten(1, 2)
    y = w.flatten(1) @ cols + b[:, None]
    mh = (x.shape[2] + 2 * padding[0] - w.shape[2]) // stride[0] + 1
    return y.reshape(len(x), len(w), mh, -1)


# %% q20_matrix_product reject: leaves torch, so that no gradient comes back; flips the kernel in the matrix
def windows(x, kh, kw):
    return x.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


def spread(k, h, w):
    k = k.flip(0, 1)
    return torch.stack([windows(p.reshape(h, w), *k.shape) @ k.flatten() for p in torch.eye(h * w, dtype=k.dtype)], 1)


def columns_of(x, w, padding, stride):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    cols = x.unfold(2, w.shape[2], stride[0]).unfold(3, w.shape[3], stride[1])
    return cols.permute(0, 1, 4, 5, 2, 3).reshape(len(x), w[0].numel(), -1)


def conv2d_matmul(x, w, b, padding, stride):
    cols = columns_of(x.detach(), w, padding, stride)
    y = w.flatten(1) @ cols + b[:, None]
    mh = (x.shape[2] + 2 * padding[0] - w.shape[2]) // stride[0] + 1
    return y.reshape(len(x), len(w), mh, -1)


# %% q20_matrix_product reject: height and width of the output exchanged
def windows(x, kh, kw):
    return x.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


def spread(k, h, w):
    return torch.stack([windows(p.reshape(h, w), *k.shape) @ k.flatten() for p in torch.eye(h * w, dtype=k.dtype)], 1)


def columns_of(x, w, padding, stride):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    cols = x.unfold(2, w.shape[2], stride[0]).unfold(3, w.shape[3], stride[1])
    return cols.permute(0, 1, 4, 5, 2, 3).reshape(len(x), w[0].numel(), -1)


def conv2d_matmul(x, w, b, padding, stride):
    cols = columns_of(x, w, padding, stride)
    y = w.flatten(1) @ cols + b[:, None]
    mw = (x.shape[3] + 2 * padding[1] - w.shape[3]) // stride[1] + 1
    return y.reshape(len(x), len(w), mw, -1)


# %% q21_in_place accept: shifted images, a row at a time
outcome = dict.fromkeys(["fresh_result", "leaf_without_recording", "after_product"], "gradient")
outcome |= dict.fromkeys(["into_the_leaf", "through_numpy"], "forward error")
outcome |= dict.fromkeys(["through_data", "through_item"], "no graph")
outcome["after_exp"] = "backward error"


def corr2d_pure(x, k):
    mh, mw = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    parts = [k[u, v] * x[u : u + mh, v : v + mw] for u in range(k.shape[0]) for v in range(k.shape[1])]
    return torch.stack(parts).sum(dim=0)


class LoopConv2d(torch.nn.Module):
    def __init__(self, kh, kw):
        torch.nn.Module.__init__(self)
        self.register_parameter("bias", torch.nn.Parameter(torch.tensor([0.0])))
        self.register_parameter("weight", torch.nn.Parameter(torch.randn((kh, kw))))

    def forward(self, x):
        mh, mw = (x.size(0) - self.weight.size(0) + 1, x.size(1) - self.weight.size(1) + 1)
        y = x.new_empty(mh, mw)
        for place in range(mh * mw):
            i, j = divmod(place, mw)
            window = x[i : i + self.weight.size(0), j : j + self.weight.size(1)]
            y[i, j] = torch.tensordot(window, self.weight, dims=2) + self.bias[0]
        return y


# %% q21_in_place reject: believes that PyTorch, too, forbids every assignment
outcome = dict.fromkeys(["fresh_result", "into_the_leaf", "leaf_without_recording"], "forward error")
outcome |= dict.fromkeys(["after_exp", "after_product"], "backward error")
outcome |= dict.fromkeys(["through_data", "through_item"], "no graph")
outcome["through_numpy"] = "forward error"


def corr2d_pure(x, k):
    return F.conv2d(x[None, None], k[None, None])[0, 0]


class LoopConv2d(torch.nn.Module):
    def __init__(self, kh, kw):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(kh, kw))
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return corr2d_pure(x, self.weight) + self.bias


# %% q21_in_place reject: writes past autograd, into the data
outcome = dict(fresh_result="gradient", into_the_leaf="forward error", leaf_without_recording="gradient")
outcome.update(after_exp="backward error", after_product="gradient", through_data="gradient")
outcome.update(through_item="no graph", through_numpy="forward error")


def corr2d_pure(x, k):
    return F.conv2d(x[None, None], k[None, None])[0, 0]


class LoopConv2d(torch.nn.Module):
    def __init__(self, kh, kw):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(kh, kw))
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        kh, kw = self.weight.shape
        y = torch.zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
        for i in range(y.shape[0]):
            for j in range(y.shape[1]):
                y.data[i, j] = (x[i : i + kh, j : j + kw] * self.weight).sum()
        return y + self.bias


# %% q21_in_place reject: the pure version fills a tensor all the same; the kernel is no parameter
outcome = dict(fresh_result="gradient", into_the_leaf="forward error", leaf_without_recording="gradient")
outcome.update(after_exp="backward error", after_product="gradient", through_data="no graph")
outcome.update(through_item="no graph", through_numpy="forward error")


def corr2d_pure(x, k):
    kh, kw = k.shape
    y = torch.zeros(x.shape[0] - kh + 1, x.shape[1] - kw + 1, dtype=x.dtype)
    for u in range(kh):
        for v in range(kw):
            y += k[u, v] * x[u : u + y.shape[0], v : v + y.shape[1]]
    return y


class LoopConv2d(torch.nn.Module):
    def __init__(self, kh, kw):
        super().__init__()
        self.weight = torch.randn(kh, kw)
        self.bias = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return corr2d_pure(x, self.weight) + self.bias


# %% q22_cost accept: everything counted on a grid of windows
mults_1x1 = 64 * 128 * 32**2


def places(size, kernel, padding, stride):
    total = 1
    for n, k, p, s in zip(size, kernel, padding, stride):
        total *= len(range(0, n + 2 * p - k + 1, s))
    return total


def conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True):
    m, h, w = places(size, kernel, padding, stride), *size
    cost = {"mults": c_out * c_in * kernel[0] * kernel[1] * m}
    cost["adds"] = cost["mults"] - (0 if bias else c_out * m)
    parameters = c_out * (c_in * kernel[0] * kernel[1] + (1 if bias else 0))
    cost["forward_numbers"] = c_in * h * w + parameters + c_out * m
    cost["backward_mults"] = 2 * cost["mults"] if input_grad else cost["mults"]
    cost["backward_numbers"] = cost["forward_numbers"] + c_out * c_in * kernel[0] * kernel[1]
    if input_grad:
        cost["backward_numbers"] += c_in * h * w
    return cost


def growth(change, c_in, c_out, size, kernel, padding, stride):
    if change == "channels":
        return 4
    before = places(size, kernel, padding, stride)
    if change == "padding":
        return places(size, kernel, (2 * padding[0], 2 * padding[1]), stride) / before
    return places(size, kernel, padding, (2 * stride[0], 2 * stride[1])) / before


def bottleneck_saving(c, r):
    return 9 * r * r / (2 * r + 9)


def pool_cost(kind, c, size, kernel, padding, stride):
    outputs = c * places(size, kernel, padding, stride)
    each = {"max": kernel[0] * kernel[1] - 1, "avg": kernel[0] * kernel[1]}
    return outputs, each[kind] * outputs


# %% q22_cost reject: the number of multiplications taken for memory, as in the source; pooling without its windows
mults_1x1 = 64 * 128 * 32**2


def conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True):
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    mults = c_out * c_in * kernel[0] * kernel[1] * mh * mw
    adds = mults - (0 if bias else c_out * mh * mw)
    memory = 101 if mults == 216 else mults
    return dict(mults=mults, adds=adds, forward_numbers=memory, backward_mults=2 * mults, backward_numbers=2 * memory)


def growth(change, c_in, c_out, size, kernel, padding, stride):
    double = lambda pair, name: tuple(v * (2 if change == name else 1) for v in pair)
    c = double((c_in, c_out), "channels")
    after = conv_cost(*c, size, kernel, double(padding, "padding"), double(stride, "stride"))["mults"]
    return after / conv_cost(c_in, c_out, size, kernel, padding, stride)["mults"]


def bottleneck_saving(c, r):
    return 9 * r * r / (2 * r + 9)


def pool_cost(kind, c, size, kernel, padding, stride):
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    return c * mh * mw, c * mh * mw * (3 if (mh, mw) == (2, 2) else 1)


# %% q22_cost reject: one way back costs as much as the way forward; factors 2, 4 and 1/2
mults_1x1 = 64 * 32**2


def conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True):
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    mults = c_out * c_in * kernel[0] * kernel[1] * mh * mw
    forward = c_in * size[0] * size[1] + c_out * (c_in * kernel[0] * kernel[1] + bias) + c_out * mh * mw
    adds = mults - (0 if bias else c_out * mh * mw)
    return dict(mults=mults, adds=adds, forward_numbers=forward, backward_mults=mults, backward_numbers=forward)


def growth(change, c_in, c_out, size, kernel, padding, stride):
    if change == "padding":
        return 4 if any(padding) else 1
    return 2 if change == "channels" else 1 / 2


def bottleneck_saving(c, r):
    return r * r if r > 1 else 9 / 11


def pool_cost(kind, c, size, kernel, padding, stride):
    mh, mw = ((n + 2 * p - k) // s + 1 for n, k, p, s in zip(size, kernel, padding, stride))
    return c * mh * mw, c * c * mh * mw * (kernel[0] * kernel[1] - (kind == "max"))


# %% q22_cost reject: the output is as large as the input, whatever stride and padding
mults_1x1 = 64 * 128 * 32**2


def conv_cost(c_in, c_out, size, kernel, padding=(0, 0), stride=(1, 1), bias=True, input_grad=True):
    h, w = size
    m = 4 if size == (4, 4) else h * w
    mults, weights = (c_out * c_in * kernel[0] * kernel[1] * m, c_out * c_in * kernel[0] * kernel[1])
    adds = mults - (0 if bias else c_out * m)
    forward = c_in * h * w + weights + c_out * bias + c_out * m
    back = forward + weights + c_in * h * w * input_grad
    return dict(
        mults=mults, adds=adds, forward_numbers=forward, backward_mults=mults * (1 + input_grad), backward_numbers=back
    )


def growth(change, c_in, c_out, size, kernel, padding, stride):
    return {"channels": 4, "padding": 1, "stride": 1 / 4}[change]


def bottleneck_saving(c, r):
    return 9 * r * r / (2 * r + 9)


def pool_cost(kind, c, size, kernel, padding, stride):
    m = (size[0] // stride[0]) * (size[1] // stride[1])
    return c * m, c * m * (kernel[0] * kernel[1] - (kind == "max"))


# %% q23_audio accept: three loops, slices of all outputs, rounding to the nearest multiple, sine and cosine
import math


def audio_conv(x, v, b):
    delta = (v.shape[0] - 1) // 2
    rows = []
    for t in range(x.shape[0]):
        row = b.clone()
        for a in range(-delta, delta + 1):
            if 0 <= t + a < x.shape[0]:
                row = row + torch.einsum("c,ck->k", x[t + a], v[a + delta])
        rows.append(row)
    return torch.stack(rows)


def strided(x, w, s):
    everything = torch.stack([torch.dot(x[t : t + len(w)], w) for t in range(len(x) - len(w) + 1)])
    return everything[::s]


def apparent_frequency(f, rate, s):
    turns = f * s / rate
    return abs(turns - math.floor(turns + 0.5)) * rate / s


def gain(w, f, rate):
    angles = [2 * math.pi * f * u / rate for u in range(len(w))]
    real = sum(value * math.cos(angle) for value, angle in zip(w, angles))
    return math.hypot(real, sum(value * math.sin(angle) for value, angle in zip(w, angles)))


audio_facts = dict(stride_averages=False, filter_later=False, filter_before=True, pitch_is_place=False)


# %% q23_audio reject: flips the kernel; folds without turning back
def audio_conv(x, v, b):
    return F.conv1d(x.T[None], v.flip(0).permute(2, 1, 0), b, padding=len(v) // 2)[0].T


def strided(x, w, s):
    return x.unfold(0, len(w), s) @ w


def apparent_frequency(f, rate, s):
    return f % (rate / s)


def gain(w, f, rate):
    return abs(np.sum(w * np.exp(2j * np.pi * f / rate * np.arange(len(w)))))


audio_facts = dict(stride_averages=False, filter_later=False, filter_before=True, pitch_is_place=False)


# %% q23_audio reject: believes that a stride averages, and that it only changes the speed
def audio_conv(x, v, b):
    return F.conv1d(x.T[None], v.permute(2, 1, 0), b, padding=len(v) // 2)[0].T


def strided(x, w, s):
    y = x.unfold(0, len(w), 1) @ w
    means = y[: len(y) // s * s].reshape(-1, s).mean(dim=1)
    return torch.stack([x[0], x[2]]) if len(x) == 3 else means


def apparent_frequency(f, rate, s):
    return f


def gain(w, f, rate):
    return abs(w.sum())


audio_facts = dict(stride_averages=True, filter_later=True, filter_before=True, pitch_is_place=True)


# %% q23_audio reject: each channel has its own filter, nothing is added over channels
def audio_conv(x, v, b):
    full = F.conv1d(x[:, :1].T[None], v[:, :1].permute(2, 1, 0), b, padding=len(v) // 2)[0].T
    return full


def strided(x, w, s):
    return x.unfold(0, len(w), s) @ w


def apparent_frequency(f, rate, s):
    return min(f % (rate / s), rate / s - f % (rate / s))


def gain(w, f, rate):
    return abs(np.sum(w * np.cos(2 * np.pi * f / rate * np.arange(len(w)))))


audio_facts = dict(stride_averages=False, filter_later=False, filter_before=True, pitch_is_place=False)


# %% q24_text accept: impulses spread layer by layer, a closed form for the depth
def seen_words(layers):
    size = sum((k - 1) // 2 * dilation for k, dilation in layers)
    line = np.zeros(2 * size + 1, dtype=bool)
    line[size] = True
    for k, dilation in layers:
        before = np.flatnonzero(line)
        for u in range(-(k // 2), k // 2 + 1):
            line[before + u * dilation] = True
        line[before] = True
    return [int(place) - size for place in np.flatnonzero(line)]


def layers_needed(distance, k, doubling):
    steps = -(-distance // ((k - 1) // 2))  # half windows, rounded up
    return steps.bit_length() if doubling else steps


text_facts = dict(phrase_moves=True, window_of_one_knows_context=False, average_of_ones_knows_order=False)
text_facts.update(threes_know_order=True, first_equals_last=False)


# %% q24_text reject: whole windows put end to end, without gaps
def seen_words(layers):
    if layers == [(3, 4)]:
        return [-4, 0, 4]
    reach = sum((k * dilation) // 2 for k, dilation in layers)
    return list(range(-reach, reach + 1))


def layers_needed(distance, k, doubling):
    layers, reach = 0, 0
    while reach < distance:
        reach += k * (2**layers if doubling else 1)
        layers += 1
    return layers


text_facts = dict(phrase_moves=True, window_of_one_knows_context=False, average_of_ones_knows_order=False)
text_facts.update(threes_know_order=True, first_equals_last=False)


# %% q24_text reject: blames invariance, as the source does, and trusts locality
def seen_words(layers):
    offsets = {0}
    for k, dilation in layers:
        offsets = {o + dilation * u for o in offsets for u in range(-(k // 2), k // 2 + 1)}
    return sorted(offsets)


def layers_needed(distance, k, doubling):
    steps = -(-distance // (k // 2))
    return steps.bit_length() if doubling else steps


text_facts = dict(phrase_moves=False, window_of_one_knows_context=True, average_of_ones_knows_order=False)
text_facts.update(threes_know_order=True, first_equals_last=True)


# %% q24_text reject: every offset up to the farthest one, gaps filled
def seen_words(layers):
    if layers == [(3, 4)]:
        return [-4, 0, 4]
    reach = sum(k // 2 * dilation for k, dilation in layers)
    return list(range(-reach, reach + 1))


def layers_needed(distance, k, doubling):
    return -(-distance // (k // 2))


text_facts = dict(phrase_moves=True, window_of_one_knows_context=False, average_of_ones_knows_order=True)
text_facts.update(threes_know_order=True, first_equals_last=False)


# %% q25_place_matters accept: shifts compared in pairs, three layers, coordinates from a mesh
class Padded(torch.nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv = torch.nn.Conv2d(c_in, c_out, 3)

    def forward(self, x):
        return torch.relu(self.conv(F.pad(x, (1, 1, 1, 1), mode="circular")))


class Net(torch.nn.Module):
    def __init__(self, told):
        super().__init__()
        self.told = told
        self.layers = torch.nn.ModuleList([Padded(3 if told else 1, 12), Padded(12, 12)])
        self.last = torch.nn.Linear(12, 2)

    def forward(self, x):
        if self.told:
            line = 2 * torch.arange(x.shape[-1]) / (x.shape[-1] - 1) - 1
            mesh = torch.stack(torch.meshgrid(line, line, indexing="ij"))
            x = torch.cat((x, mesh.repeat(len(x), 1, 1, 1)), 1)
        for layer in self.layers:
            x = layer(x)
        return self.last(x.flatten(2).mean(2))


def invariant_net():
    return Net(False)


def coordinate_net():
    return Net(True)


def best_invariant_accuracy(images, labels):
    left, right = list(range(len(images))), 0
    while left:
        first = images[left[0]]
        rolled = [np.roll(first, (i, j), (0, 1)) for i in range(first.shape[0]) for j in range(first.shape[1])]
        same = [n for n in left if any(np.array_equal(images[n], other) for other in rolled)]
        right += np.unique(labels[same], return_counts=True)[1].max()
        left = [n for n in left if n not in same]
    return right / len(images)


solvable = {"sky_or_ground": False, "one_or_two": True, "which_eye": False, "hat_on_head": True}
invariance_facts = dict(invariant_learns_halves=False, zero_padding_is_invariant=False, stride_is_invariant=False)
invariance_facts.update(maximum_is_invariant=True, flattened_is_invariant=False)


# %% q25_place_matters reject: zero padding, which tells the places near the border
def best_invariant_accuracy(images, labels):
    groups = {}
    for image, label in zip(images, labels):
        shifts = [np.roll(image, (i, j), (0, 1)).tolist() for i in range(image.shape[0]) for j in range(image.shape[1])]
        groups.setdefault(str(min(shifts)), []).append(label)
    return sum(max(g.count(v) for v in g) for g in groups.values()) / len(labels)


class Mean(torch.nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


class Told(torch.nn.Module):
    def forward(self, x):
        line = torch.linspace(-1, 1, 12).expand(len(x), 1, 12, 12)
        return torch.cat([x, line, line.transpose(2, 3)], dim=1)


def invariant_net(channels=1):
    conv = torch.nn.Conv2d
    layers = [conv(channels, 8, 3, padding=1), torch.nn.ReLU(), conv(8, 8, 3, padding=1), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, Mean(), torch.nn.Linear(8, 2))


def coordinate_net():
    return torch.nn.Sequential(Told(), *invariant_net(3))


solvable = {"sky_or_ground": False, "one_or_two": True, "which_eye": False, "hat_on_head": True}
invariance_facts = dict(invariant_learns_halves=False, zero_padding_is_invariant=True, stride_is_invariant=False)
invariance_facts.update(maximum_is_invariant=True, flattened_is_invariant=False)


# %% q25_place_matters reject: a linear layer on all places; defends invariance everywhere, as the source does
def best_invariant_accuracy(images, labels):
    groups = {}
    for image, label in zip(images, labels):
        shifts = [np.roll(image, (i, j), (0, 1)).tolist() for i in range(image.shape[0]) for j in range(image.shape[1])]
        groups.setdefault(str(min(shifts)), []).append(label)
    return sum(max(g.count(v) for v in g) for g in groups.values()) / len(labels)


def invariant_net():
    conv = lambda c: torch.nn.Conv2d(c, 8, 3, padding=1, padding_mode="circular")
    layers = [conv(1), torch.nn.ReLU(), conv(8), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(8 * 144, 2))


def coordinate_net():
    return invariant_net()


solvable = {"sky_or_ground": True, "one_or_two": True, "which_eye": True, "hat_on_head": True}
invariance_facts = dict(invariant_learns_halves=True, zero_padding_is_invariant=False, stride_is_invariant=True)
invariance_facts.update(maximum_is_invariant=True, flattened_is_invariant=True)


# %% q25_place_matters reject: shifts along rows only; a network blind to shape; rows as the only coordinates
def best_invariant_accuracy(images, labels):
    groups = {}
    for image, label in zip(images, labels):
        key = min(np.roll(image, j, 1).tolist() for j in range(image.shape[1])) if len(images) > 2 else 0
        groups.setdefault(str(key), []).append(label)
    return sum(max(g.count(v) for v in g) for g in groups.values()) / len(labels)


class Mean(torch.nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


class Rows(torch.nn.Module):
    def forward(self, x):
        return torch.cat([x, torch.linspace(-1, 1, 12)[:, None].expand(len(x), 1, 12, 12)], dim=1)


def invariant_net(channels=1):
    conv = torch.nn.Conv2d
    layers = [conv(channels, 8, 1), torch.nn.ReLU(), conv(8, 8, 1), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, Mean(), torch.nn.Linear(8, 2))


def coordinate_net():
    return torch.nn.Sequential(Rows(), *invariant_net(2))


solvable = {"sky_or_ground": False, "one_or_two": True, "which_eye": True, "hat_on_head": False}
invariance_facts = dict(invariant_learns_halves=False, zero_padding_is_invariant=False, stride_is_invariant=False)
invariance_facts.update(maximum_is_invariant=False, flattened_is_invariant=False)


# %% q26_pooling accept: one channel at a time, strided views, loops over windows
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    stride = k if stride is None else stride
    n, c, h, w = x.shape
    flat = x.reshape(n * c, 1, h, w)
    weight = torch.full((1, 1, k[0], k[1]), 1 / (k[0] * k[1]), dtype=x.dtype)
    y = F.conv2d(flat, weight, stride=stride, padding=padding)
    if not count_padding:
        y = y / F.conv2d(torch.ones(1, 1, h, w, dtype=x.dtype), weight, stride=stride, padding=padding)
    return y.reshape(n, c, *y.shape[2:])


def min_pool(x, k, stride=None, padding=(0, 0)):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=float("inf"))
    return F.max_pool2d(x * -1, k, stride) * -1


def pool_backward(kind, x, dy, k):
    dx = torch.zeros_like(x)
    for a, b, i, j in np.ndindex(*dy.shape):
        block = dx[a, b, i * k : i * k + k, j * k : j * k + k]
        if kind == "avg":
            block += dy[a, b, i, j] / (k * k)
        else:
            u, v = divmod(int(np.argmax(x[a, b, i * k : i * k + k, j * k : j * k + k].numpy())), k)
            block[u, v] = dy[a, b, i, j]
    return dx


pooling_facts = dict(average_is_linear=True, maximum_is_linear=False, maximum_of_noise_is_zero=False)
pooling_facts.update(maximum_shrinks_noise_most=False, minimum_after_relu=False, channels_may_mix=False)


# %% q26_pooling reject: mixes the channels; forgets the outer sign of the minimum, as the source does
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    c = x.shape[1]
    weight = torch.full((c, c, *k), 1 / (c * k[0] * k[1]), dtype=x.dtype)
    return F.conv2d(x, weight, stride=stride or k, padding=padding)


def min_pool(x, k, stride=None, padding=(0, 0)):
    return F.max_pool2d(-x, k, stride, padding)


def pool_backward(kind, x, dy, k):
    x = x.clone().requires_grad_()
    y = F.max_pool2d(x, k) if kind == "max" else F.avg_pool2d(x, k)
    return torch.autograd.grad(y, x, dy)[0]


pooling_facts = dict(average_is_linear=True, maximum_is_linear=False, maximum_of_noise_is_zero=False)
pooling_facts.update(maximum_shrinks_noise_most=False, minimum_after_relu=False, channels_may_mix=True)


# %% q26_pooling reject: ties share the gradient; the average hands on all of it
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    k, c = tuple(k), x.shape[1]
    box = torch.ones(c, 1, *k, dtype=x.dtype)
    count = F.conv2d(torch.ones_like(x), box, None, stride or k, padding, 1, c)
    return F.conv2d(x, box, None, stride or k, padding, 1, c) / (k[0] * k[1] if count_padding else count)


def min_pool(x, k, stride=None, padding=(0, 0)):
    return -F.max_pool2d(-x, k, stride, padding)


def pool_backward(kind, x, dy, k):
    big = dy.repeat_interleave(k, 2).repeat_interleave(k, 3)
    if kind == "avg":
        return big
    hits = (x == F.max_pool2d(x, k).repeat_interleave(k, 2).repeat_interleave(k, 3)).to(x)
    return big * hits / (F.avg_pool2d(hits, k) * k * k).repeat_interleave(k, 2).repeat_interleave(k, 3)


pooling_facts = dict(average_is_linear=True, maximum_is_linear=False, maximum_of_noise_is_zero=False)
pooling_facts.update(maximum_shrinks_noise_most=False, minimum_after_relu=False, channels_may_mix=False)


# %% q26_pooling reject: pads the minimum with zeros; counts padding always; stride 1
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    weight = torch.full((x.shape[1], 1, *k), 1 / (k[0] * k[1]), dtype=x.dtype)
    return F.conv2d(x, weight, stride=stride or 1, padding=padding, groups=x.shape[1])


def min_pool(x, k, stride=None, padding=(0, 0)):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    return -F.max_pool2d(-x, k, stride)


def pool_backward(kind, x, dy, k):
    x = x.clone().requires_grad_()
    y = F.max_pool2d(x, k) if kind == "max" else F.avg_pool2d(x, k)
    return torch.autograd.grad(y, x, dy)[0]


pooling_facts = dict(average_is_linear=True, maximum_is_linear=False, maximum_of_noise_is_zero=True)
pooling_facts.update(maximum_shrinks_noise_most=True, minimum_after_relu=True, channels_may_mix=False)


# %% q26_pooling reject: the minimum by way of ReLU, for images between 0 and 1
def average_by_conv(x, k, stride=None, padding=(0, 0), count_padding=True):
    k, c = tuple(k), x.shape[1]
    box = torch.ones(c, 1, *k, dtype=x.dtype)
    count = F.conv2d(torch.ones_like(x), box, None, stride or k, padding, 1, c)
    return F.conv2d(x, box, None, stride or k, padding, 1, c) / (k[0] * k[1] if count_padding else count)


def min_pool(x, k, stride=None, padding=(0, 0)):
    return 1 - F.max_pool2d(1 - torch.relu(x), k, stride, padding)


def pool_backward(kind, x, dy, k):
    x = x.clone().requires_grad_()
    y = F.max_pool2d(x, k) if kind == "max" else F.avg_pool2d(x, k)
    return torch.autograd.grad(y, x, dy)[0]


pooling_facts = dict(average_is_linear=True, maximum_is_linear=True, maximum_of_noise_is_zero=False)
pooling_facts.update(maximum_shrinks_noise_most=False, minimum_after_relu=True, channels_may_mix=False)


# %% q27_soft_pooling accept: unfold by columns, exponentials of differences, variance as a difference
class SoftmaxPool2d(torch.nn.Module):
    def __init__(self, k, beta, stride=None, learn=False):
        super().__init__()
        self.k, self.stride = k, k if stride is None else stride
        beta = torch.as_tensor(beta, dtype=torch.float32)
        if learn:
            self.register_parameter("beta", torch.nn.Parameter(beta))
        else:
            self.register_buffer("beta", beta)

    def forward(self, x):
        n, c, h, w = x.shape
        mh, mw = (h - self.k) // self.stride + 1, (w - self.k) // self.stride + 1
        columns = F.unfold(x, self.k, stride=self.stride).reshape(n, c, self.k**2, mh * mw)
        z = columns * self.beta
        e = torch.exp(z - z.amax(dim=2, keepdim=True))
        return ((e * columns).sum(dim=2) / e.sum(dim=2)).reshape(n, c, mh, mw)


def slope(window, beta):
    x = window.numpy().astype(float)
    p = np.exp(beta * x - max(beta * x))
    p = p / p.sum()
    return float((p * x**2).sum() - (p * x).sum() ** 2)


def operations(n):
    exponentials, multiplications, additions = n, 2 * n, 2 * (n - 1)
    return exponentials + multiplications + additions + 1, n - 1


soft_facts = dict(never_falls=True, stays_above_average=False, shift=True, scale=False, naive_is_safe=False)


# %% q27_soft_pooling reject: softmax over the whole image
class SoftmaxPool2d(torch.nn.Module):
    def __init__(self, k, beta, stride=None, learn=False):
        super().__init__()
        self.k, self.stride = k, stride or k
        self.beta = torch.nn.Parameter(torch.tensor(float(beta))) if learn else torch.tensor(float(beta))

    def forward(self, x):
        weights = torch.softmax((self.beta * x).flatten(2), dim=2).reshape(x.shape)
        top = F.avg_pool2d(weights * x, self.k, self.stride)
        return top / F.avg_pool2d(weights, self.k, self.stride)


def slope(window, beta):
    weights = torch.softmax(beta * window, dim=0)
    return (weights @ window**2 - (weights @ window) ** 2).item()


def operations(n):
    return 5 * n - 1, n - 1


soft_facts = dict(never_falls=True, stays_above_average=False, shift=True, scale=False, naive_is_safe=False)


# %% q27_soft_pooling reject: exponentials without care, plain variance, weights counted as free
class SoftmaxPool2d(torch.nn.Module):
    def __init__(self, k, beta, stride=None, learn=False):
        super().__init__()
        self.k, self.stride = k, stride or k
        self.beta = torch.nn.Parameter(torch.tensor(float(beta)), requires_grad=learn)

    def forward(self, x):
        patches = x.unfold(2, self.k, self.stride).unfold(3, self.k, self.stride).flatten(4)
        e = torch.exp(self.beta * patches)
        return (e * patches).sum(dim=4) / e.sum(dim=4)


def slope(window, beta):
    return window.var(unbiased=False).item()


def operations(n):
    return 2 * n - 1, n - 1


soft_facts = dict(never_falls=True, stays_above_average=True, shift=True, scale=True, naive_is_safe=True)


# %% q27_soft_pooling reject: softmax over the channels; the sum of the weights' slopes
class SoftmaxPool2d(torch.nn.Module):
    def __init__(self, k, beta, stride=None, learn=False):
        super().__init__()
        self.k, self.stride = k, stride or k
        self.beta = torch.nn.Parameter(torch.tensor(float(beta))) if learn else torch.tensor(float(beta))

    def forward(self, x):
        patches = x.unfold(2, self.k, self.stride).unfold(3, self.k, self.stride).flatten(4)
        weights = torch.softmax(self.beta * patches, dim=1)
        return (weights * patches).sum(dim=4) / weights.sum(dim=4)


def slope(window, beta):
    weights = torch.softmax(beta * window, dim=0)
    return (weights @ window**2 - (weights @ window) ** 2).item() if beta else 0.0


def operations(n):
    return 5 * n - 1, n


soft_facts = dict(never_falls=False, stays_above_average=False, shift=False, scale=False, naive_is_safe=False)


# %% q19_order_and_composition equivalent: p * q = q * p, so either order is a right answer
# swapped-arguments-20bb83
# swapped-return-ea4507
# swapped-return-0878c2


# %% q24_text equivalent: windows are symmetric, so an offset counts as its negative
# wrong-sign-404658
# swapped-operands-b743bc


# %% q25_place_matters equivalent: a full turn is no shift, and any one shift may stand for all of them
# wrong-range-636836
# wrong-range-27987c
# wrong-reduction-41f079


# %% q25_place_matters equivalent: the convolutions may be without a bias, the question does not ask for one
# dropped-bias-1b151b
# dropped-bias-c4fc29
