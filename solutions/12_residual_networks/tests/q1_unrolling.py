from otter.test_files import test_case

OK_FORMAT = False

name = "q1_unrolling"
points = 3


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="For the blocks 2h and h * h and x = 1 the terms are 1, 2 and 9, the output is 12; one linear block with the matrix A gives I + A.")
def test_two_blocks(residual_terms, residual_output, unrolled_matrix):
    import torch
    blocks, x = ([lambda h: 2 * h, lambda h: h * h], torch.tensor([1.0]))
    got = residual_terms(blocks, x)
    assert got is not None, 'residual_terms(...) returned None: expected a list of tensors'
    assert isinstance(got, (list, tuple)) and len(got) == 3, 'residual_terms: expected a list of three tensors'
    assert all((isinstance(term, torch.Tensor) for term in got)), 'residual_terms: each entry should be a tensor'
    values = [term.tolist() for term in got]
    assert values == [[1.0], [2.0], [9.0]], f'residual_terms: expected [[1.0], [2.0], [9.0]], got {values}'
    got = residual_output(blocks, x)
    assert isinstance(got, torch.Tensor), f'residual_output should return a tensor, got {type(got).__name__}'
    assert got.tolist() == [12.0], f'residual_output: expected [12.0], got {got.tolist()}'
    got = unrolled_matrix([torch.tensor([[0.0, 3.0], [0.0, 1.0]])])
    assert isinstance(got, torch.Tensor), f'unrolled_matrix should return a tensor, got {type(got).__name__}'
    assert got.tolist() == [[1.0, 3.0], [0.0, 2.0]], f'expected [[1, 3], [0, 2]], got {got.tolist()}'

@test_case(points=1, hidden=True, 
    failure_message="The terms do not belong to the network h_k = h_(k-1) + b_k(h_(k-1)). What is each block given, and is any skip missing?")
def test_terms_against_recursion(residual_terms, residual_output):
    import torch
    rng = torch.Generator().manual_seed(1201)
    for depth in (0, 1, 2, 4, 7):
        for shape in ((4,), (1, 4), (5, 4), (2, 3, 4)):
            for dtype, room in ((torch.float64, 1e-11), (torch.float32, 0.0001)):
                weights = [torch.randn(4, 4, generator=rng, dtype=dtype) for _ in range(depth)]
                blocks = [lambda h, w=w: torch.tanh(h @ w) * (1 + h) for w in weights]
                x = torch.randn(*shape, generator=rng, dtype=dtype)
                h, expected = (x, [x])
                for block in blocks:
                    expected.append(block(h))
                    h = h + expected[-1]
                terms = residual_terms(blocks, x)
                assert len(terms) == depth + 1
                size = 1 + max((term.abs().max().item() for term in expected))
                for got, term in zip(terms, expected):
                    assert got.shape == x.shape and got.dtype == dtype
                    assert (got - term).abs().max() <= room * size
                got = residual_output(blocks, x)
                assert got.shape == x.shape and (got - h).abs().max() <= room * size

    def keeps_x(terms, output):
        import torch
        x = torch.ones(3)
        terms([torch.sin, torch.cos], x)
        output([torch.sin, torch.cos], x)
        return x.tolist()
    assert inside(keeps_x)(residual_terms, residual_output) == [1.0, 1.0, 1.0]

@test_case(points=1, hidden=True, 
    failure_message="The matrix of linear blocks is wrong. Which block meets the input first, and so which factor stands next to x?")
def test_matrix_against_paths(unrolled_matrix):
    from itertools import combinations
    import torch
    rng = torch.Generator().manual_seed(1202)
    for depth, d in ((1, 1), (1, 3), (2, 3), (3, 2), (5, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            matrices = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(depth)]
            x = torch.randn(d, generator=rng, dtype=dtype)
            expected, size = (torch.zeros_like(x), 1.0)
            for length in range(depth + 1):
                for path in combinations(range(depth), length):
                    term = x
                    for k in path:
                        term = matrices[k] @ term
                    expected = expected + term
                    size += term.abs().max().item()
            got = unrolled_matrix(matrices)
            assert got.shape == (d, d) and got.dtype == dtype
            assert (got @ x - expected).abs().max() <= room * size

