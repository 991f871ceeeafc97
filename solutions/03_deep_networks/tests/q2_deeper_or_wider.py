from otter.test_files import test_case

OK_FORMAT = False

name = "q2_deeper_or_wider"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="The network with K = D = 1 has 4 parameters, grow(1, 1) is (1, 2), and for D = 1 the wider network costs more from K = 1 on.")
def test_one_unit(n_params_mlp, n_params_deep, grow, wider_costs_more_from):
    cases = [('n_params_mlp([1, 1, 1])', n_params_mlp([1, 1, 1]), 4)]
    cases.append(('n_params_deep(1, 1)', n_params_deep(1, 1), 4))
    cases.append(('wider_costs_more_from(1)', wider_costs_more_from(1), 1))
    for call, got, expected in cases:
        assert got is not None, f'{call} returned None: expected an integer'
        assert type(got) is int, f'{call} should be an int, got {type(got).__name__}'
        assert got == expected, f'{call}: expected {expected}, got {got}'
    got = grow(1, 1)
    assert got is not None, 'grow(1, 1) returned None: expected the pair (deeper, wider)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'grow should return the pair (deeper, wider)'
    assert tuple(got) == (1, 2), f'grow(1, 1): expected (1, 2), got {tuple(got)}'

@test_case(points=2, hidden=True, 
    failure_message="Parameters are miscounted for some sizes, or not exactly. How many square matrices are there, and does every layer have its biases?")
def test_count_against_torch(n_params_mlp, n_params_deep):
    from torch import nn

    def count(sizes):
        linears = [nn.Linear(before, after) for before, after in zip(sizes, sizes[1:])]
        return sum((p.numel() for layer in linears for p in layer.parameters()))
    for sizes in ([4, 3], [1, 1], [3, 4, 2, 3, 2], [5, 20, 10, 7, 4], [2, 1, 6, 1, 1, 8], [10, 1, 10]):
        assert n_params_mlp(sizes) == count(sizes)
    for K in range(1, 7):
        for D in range(1, 8):
            assert n_params_deep(K, D) == count([1] + [D] * K + [1])
            assert n_params_mlp([1] + [D] * K + [1]) == count([1] + [D] * K + [1])
    huge = n_params_deep(10 ** 12 + 1, 10 ** 9)
    assert type(huge) is int and huge == 3 * 10 ** 9 + 1 + 10 ** 30 + 10 ** 21
    assert n_params_mlp([10 ** 15, 10 ** 15 + 1, 1]) == (10 ** 15 + 1) ** 2 + 10 ** 15 + 2

@test_case(points=1, hidden=True, 
    failure_message="grow does not tell how many weights are added. A square matrix grows in its rows and in its columns; biases do not count here.")
def test_grow_against_torch(grow):
    from torch import nn

    def weights(K, D):
        sizes = [1] + [D] * K + [1]
        return sum((nn.Linear(a, b).weight.numel() for a, b in zip(sizes, sizes[1:])))
    for K in (1, 2, 3, 5, 6, 10):
        for D in (1, 2, 3, 7, 10):
            deeper, wider = grow(K, D)
            assert deeper == weights(K + 1, D) - weights(K, D)
            assert wider == weights(K, D + 1) - weights(K, D)

@test_case(points=1, hidden=True, 
    failure_message="The depth from which the wider network costs more is wrong for some D. A tie does not count as more.")
def test_crossover(wider_costs_more_from):

    def weights(K, D):
        return 2 * D + (K - 1) * D ** 2

    def wider_wins(K, D):
        return weights(K, D + 1) > weights(K + 1, D)
    for D in [*range(1, 60), 10 ** 9, 10 ** 9 + 1]:
        K = wider_costs_more_from(D)
        assert type(K) is int and K >= 1
        assert wider_wins(K, D) and (K == 1 or not wider_wins(K - 1, D))

