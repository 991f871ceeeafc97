from otter.test_files import test_case

OK_FORMAT = False

name = "q3_direct_derivatives"
points = 4


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="With all parameters 1 and x = 1 every derivative with respect to theta is 2, the rows for psi are (1, 2, 2), and phi has (1, 5, 5).")
def test_all_ones(thirteen_derivatives, direct_terms):
    import numpy as np
    got = thirteen_derivatives(np.ones((2, 2)), np.ones((2, 3)), np.ones(3), 1.0)
    assert got is not None, 'thirteen_derivatives(...) returned None: expected three arrays'
    assert isinstance(got, (tuple, list)) and len(got) == 3, 'expected the three arrays (by_theta, by_psi, by_phi)'
    expected = {'by_theta': [[2, 2], [2, 2]], 'by_psi': [[1, 2, 2], [1, 2, 2]], 'by_phi': [1, 5, 5]}
    for (name, right), part in zip(expected.items(), got):
        assert np.shape(part) == np.shape(right), f'{name}: expected shape {np.shape(right)}, got {np.shape(part)}'
        assert np.allclose(part, right), f'{name}: expected {right}, got {part}'
    got = direct_terms([2, 2])
    assert got is not None, 'direct_terms([2, 2]) returned None: expected an integer'
    assert got == 2, f'direct_terms([2, 2]): expected 2, got {got}'

@test_case(points=2, hidden=True, 
    failure_message="Some derivative is wrong for some pattern of active units. Both ways count, a unit that is off lets nothing through, and psi is indexed by target first, source second.")
def test_every_pattern(thirteen_derivatives):
    import numpy as np
    import torch

    def quietly(thirteen_derivatives, *arguments):
        import torch
        with torch.inference_mode():
            return thirteen_derivatives(*arguments)
    rng = np.random.default_rng(605)
    seen = set()
    for trial in range(400):
        arrays = [rng.normal(size=shape) for shape in ((2, 2), (2, 3), (3,))]
        x = float(rng.normal())
        if trial == 0:
            arrays = [np.array([[-2.0, 1.0], [1.0, 0.5]]), np.array([[1.0, 2.0, 0.5], [2.0, 1.0, -1.0]]), np.ones(3)]
            x = 2.0
        theta, psi, phi = parts = [torch.tensor(p, requires_grad=True) for p in arrays]
        u = theta[:, 0] + theta[:, 1] * x
        v = psi[:, 0] + psi[:, 1:] @ torch.relu(u)
        pattern = tuple((torch.cat([u, v]) > 0).tolist())
        if trial > 0 and pattern in seen:
            continue
        seen.add(pattern)
        expected = torch.autograd.grad(phi[0] + phi[1:] @ torch.relu(v), parts)
        for got in (thirteen_derivatives(*arrays, x), inside(quietly)(thirteen_derivatives, *arrays, x)):
            for g, e in zip(got, expected):
                assert np.shape(g) == tuple(e.shape) and np.allclose(g, e.numpy(), rtol=1e-10, atol=1e-12)
    assert len(seen) == 16

@test_case(points=1, hidden=True, 
    failure_message="The number of products is wrong for some network. Walk through it - at each layer behind the first one may choose any unit.")
def test_ways_one_by_one(direct_terms):
    from itertools import product
    for widths in ([1], [5], [3, 1], [2, 3], [4, 2, 3], [1, 1, 1], [2, 2, 2, 2, 2], [7, 3, 2, 4]):
        assert direct_terms(widths) == sum((1 for _ in product(*[range(d) for d in widths[1:]])))
    count = [[1]]
    for _ in range(39):
        count = [[sum(count[0]) for _ in range(30)]]
    got = direct_terms([30] * 40)
    assert got == sum(count[0]) and isinstance(got, int)

