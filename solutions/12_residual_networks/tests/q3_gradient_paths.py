from otter.test_files import test_case

OK_FORMAT = False

name = "q3_gradient_paths"
points = 5

@test_case(points=1, hidden=False, 
    failure_message="Two blocks have the paths () and (2,) and the derivative I + J_2; path_facts holds four booleans.")
def test_second_block(list_paths, path_jacobian, tanh_jacobians, path_facts):
    import torch
    got = list_paths(2)
    assert got is not None, 'list_paths(2) returned None: expected a list of tuples'
    assert isinstance(got, (list, tuple)), 'list_paths should return a list'
    assert all((isinstance(path, (list, tuple)) for path in got)), 'list_paths: each path should be a tuple'
    found = sorted((tuple(path) for path in got))
    assert found == [(), (2,)], f'list_paths(2): expected [(), (2,)], got {found}'
    got = path_jacobian([torch.tensor([[0.0, 3.0], [0.0, 1.0]])])
    assert isinstance(got, torch.Tensor), f'path_jacobian should return a tensor, got {type(got).__name__}'
    assert got.tolist() == [[1.0, 3.0], [0.0, 2.0]], f'path_jacobian: expected [[1, 3], [0, 2]], got {got.tolist()}'
    got = tanh_jacobians([torch.tensor([[0.0]]), torch.tensor([[2.0]])], torch.tensor([0.0]))
    assert isinstance(got, (list, tuple)), f'tanh_jacobians should return a list, got {type(got).__name__}'
    assert len(got) == 1, f'tanh_jacobians: expected one Jacobian for two blocks, got {len(got)}'
    assert isinstance(got[0], torch.Tensor), 'tanh_jacobians: each Jacobian should be a tensor'
    assert got[0].tolist() == [[2.0]], f'tanh_jacobians: expected [[2.0]], got {got[0].tolist()}'
    assert isinstance(path_facts, dict), 'path_facts should be a dictionary'
    for key in ('needs_the_branches', 'order_is_free', 'skip_dominates', 'never_zero'):
        assert isinstance(path_facts.get(key), bool), f'path_facts[{key!r}] should be True or False'

@test_case(points=2, hidden=True, 
    failure_message="Paths or derivative are wrong for some number of blocks. How many paths are there, and on which side does the Jacobian of a later block stand?")
def test_paths_and_derivative(list_paths, path_jacobian):
    from itertools import product
    import torch
    from torch.autograd.functional import jacobian
    for k in (1, 2, 3, 4, 7):
        expected = []
        for choice in product((False, True), repeat=k - 1):
            expected.append(tuple((branch for branch, taken in enumerate(choice, start=2) if taken)))
        assert sorted((tuple((int(b) for b in path)) for path in list_paths(k))) == sorted(expected)
    rng = torch.Generator().manual_seed(1203)
    for k, d in ((2, 1), (2, 3), (3, 3), (4, 2), (6, 4)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            weights = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(k - 1)]
            x, a = torch.randn(2, d, generator=rng, dtype=dtype)

            def output(a):
                h = x + a
                for w in weights:
                    h = h + torch.sin(w @ h)
                return h
            h, jacobians = (x + a, [])
            for w in weights:
                jacobians.append(jacobian(lambda h, w=w: torch.sin(w @ h), h))
                h = h + torch.sin(w @ h)
            expected = jacobian(output, a)
            got = path_jacobian(jacobians)
            assert got.shape == (d, d) and got.dtype == dtype
            assert (got - expected).abs().max() <= room * (10 + expected.abs().max())
    assert torch.equal(path_jacobian([torch.zeros(3, 3)] * 4), torch.eye(3))

@test_case(points=1, hidden=True, 
    failure_message="The Jacobians of the tanh blocks are wrong. At which point is each of them taken, and which axis of W belongs to the outputs?")
def test_tanh_jacobians(tanh_jacobians):
    import torch
    from torch.autograd.functional import jacobian
    rng = torch.Generator().manual_seed(1204)
    for k, d in ((1, 2), (2, 1), (2, 3), (4, 3), (6, 5)):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 0.0001)):
            weights = [torch.randn(d, d, generator=rng, dtype=dtype) for _ in range(k)]
            x = torch.randn(d, generator=rng, dtype=dtype)
            got, h = (tanh_jacobians(weights, x), x)
            assert len(got) == k - 1
            for index, w in enumerate(weights):
                branch = lambda h, w=w: torch.tanh(w @ h)
                if index > 0:
                    expected = jacobian(branch, h)
                    assert got[index - 1].shape == (d, d) and got[index - 1].dtype == dtype
                    assert (got[index - 1] - expected).abs().max() <= room
                h = h + branch(h)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four statements about paths is decided wrongly.")
def test_path_facts(path_facts):
    import torch

    def derivative(jacobians):
        total = torch.eye(2, dtype=torch.float64)
        for J in jacobians:
            total = (torch.eye(2, dtype=torch.float64) + J) @ total
        return total
    rng = torch.Generator().manual_seed(1205)
    Js = torch.randn(4, 2, 2, generator=rng, dtype=torch.float64)
    small = [0.01 * J / torch.linalg.matrix_norm(J, 2) for J in Js]
    rest = max((torch.linalg.matrix_norm(derivative(j) - torch.eye(2), 2) for j in (small, [0.01 * torch.eye(2)] * 4)))
    zero_branches = derivative([torch.zeros(2, 2, dtype=torch.float64)] * 4)
    cancelling = derivative([-torch.eye(2, dtype=torch.float64), Js[0]])
    assert path_facts['needs_the_branches'] is bool(zero_branches.abs().max() < 1e-09)
    assert path_facts['order_is_free'] is bool(torch.allclose(Js[0] @ Js[1], Js[1] @ Js[0]))
    assert path_facts['skip_dominates'] is bool(rest < 1)
    assert path_facts['never_zero'] is bool(cancelling.abs().max() > 1e-09)

