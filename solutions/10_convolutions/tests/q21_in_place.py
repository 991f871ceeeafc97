from otter.test_files import test_case

OK_FORMAT = False

name = "q21_in_place"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="A kernel of the shape of the image gives one number, of shape (1, 1); outcome holds eight of the four strings.")
def test_shapes(outcome, LoopConv2d, corr2d_pure):
    import torch
    assert isinstance(outcome, dict), 'outcome should be a dictionary'
    names = ['fresh_result', 'into_the_leaf', 'leaf_without_recording', 'after_exp', 'after_product']
    allowed = ['gradient', 'forward error', 'backward error', 'no graph']
    for name in [*names, 'through_data', 'through_item', 'through_numpy']:
        assert outcome.get(name) in allowed, f'outcome[{name!r}] should be one of {allowed}'
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    got = corr2d_pure(x, torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert isinstance(got, torch.Tensor), 'corr2d_pure should return a tensor'
    assert got.shape == (1, 1), f'corr2d_pure: expected shape (1, 1), got {tuple(got.shape)}'
    assert got.item() == 9, f'corr2d_pure: expected 1 + 8 = 9, got {got.item()}'
    net = LoopConv2d(2, 1)
    assert isinstance(net, torch.nn.Module), 'LoopConv2d should be a torch.nn.Module'
    got = net(torch.zeros(4, 3))
    assert isinstance(got, torch.Tensor), 'the forward of LoopConv2d should return a tensor'
    assert got.shape == (3, 3), f'LoopConv2d(2, 1) on a (4, 3) image: expected (3, 3), got {tuple(got.shape)}'

@test_case(points=2, hidden=True, 
    failure_message="At least one of the eight outcomes is wrong. A write is followed unless it hits a leaf, spoils a value that is needed later, or is hidden.")
def test_outcomes_tried(outcome):
    import torch
    c = torch.arange(2.0, 5.0)

    def change(y, assign=None):
        if assign is None:
            y[0] = 1.0
        else:
            assign(y)
        return y

    def silent(w):
        with torch.no_grad():
            change(w)
        return w @ c
    fill = lambda make, w: change(torch.zeros(3), lambda y: [make(y, i, w[i] * c[i]) for i in range(3)]).sum()
    tried = {'fresh_result': lambda w: fill(lambda y, i, value: y.__setitem__(i, value), w), 'into_the_leaf': lambda w: change(w) @ c, 'leaf_without_recording': silent, 'after_exp': lambda w: change(w.exp()).sum(), 'after_product': lambda w: change(w * c).sum(), 'through_data': lambda w: fill(lambda y, i, value: y.data.__setitem__(i, value), w), 'through_item': lambda w: fill(lambda y, i, value: y.__setitem__(i, value.item()), w), 'through_numpy': lambda w: torch.from_numpy(w.numpy()).sum()}

    def verdict(function):
        w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
        try:
            result = function(w)
        except RuntimeError:
            return 'forward error'
        if not result.requires_grad:
            return 'no graph'
        try:
            result.backward()
        except RuntimeError:
            return 'backward error'
        return 'gradient'
    assert {name: outcome[name] for name in tried} == {name: verdict(function) for name, function in tried.items()}

@test_case(points=1, hidden=True, 
    failure_message="The module has the wrong parameters, output or gradients. Are all three gradients those of the cross-correlation?")
def test_module_gradients(LoopConv2d):
    import torch

    def gradients(LoopConv2d, x, weight, bias, factors):
        import torch
        net, other = (LoopConv2d(*weight.shape), LoopConv2d(*weight.shape))
        start = {name: value.detach().clone() for name, value in net.named_parameters()}
        fresh = not torch.equal(net.weight, other.weight)
        net = net.to(x.dtype)
        with torch.no_grad():
            net.weight.copy_(weight)
            net.bias.copy_(bias)
        x = x.clone().requires_grad_()
        y = net(x)
        (y * factors).sum().backward()
        return (start, fresh, y.detach(), x.grad, net.weight.grad, net.bias.grad)
    torch.manual_seed(211)
    for h, w, kh, kw, dtype in ((5, 6, 3, 2, torch.float64), (4, 4, 1, 4, torch.float32), (3, 2, 3, 2, torch.float64)):
        x, weight = (torch.randn(h, w, dtype=dtype), torch.randn(kh, kw, dtype=dtype))
        bias, factors = (torch.randn(1, dtype=dtype), torch.randn(h - kh + 1, w - kw + 1, dtype=dtype))
        start, fresh, y, *got = inside(gradients)(LoopConv2d, x, weight, bias, factors)
        assert set(start) == {'weight', 'bias'} and fresh
        assert start['weight'].shape == (kh, kw) and start['bias'].tolist() == [0]
        leaves = [value.clone().requires_grad_() for value in (x, weight, bias)]
        expected = torch.nn.functional.conv2d(leaves[0][None, None], leaves[1][None, None], leaves[2])[0, 0]
        (expected * factors).sum().backward()
        tolerance = 1e-12 if dtype == torch.float64 else 0.0001
        assert y.dtype == dtype and y.shape == expected.shape and ((y - expected).abs().max() < tolerance)
        for value, leaf in zip(got, leaves):
            assert value is not None and (value - leaf.grad).abs().max() < tolerance

@test_case(points=1, hidden=True, 
    failure_message="corr2d_pure changes a tensor, or its values or gradients are wrong.")
def test_nothing_changed(corr2d_pure):
    import torch

    def watched(corr2d_pure, x, k, factors):
        from torch.utils._python_dispatch import TorchDispatchMode
        changes = []

        class Watch(TorchDispatchMode):

            def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
                if operation._schema.is_mutable:
                    changes.append(str(operation))
                return operation(*args, **kwargs or {})
        x, k = (x.clone().requires_grad_(), k.clone().requires_grad_())
        with Watch():
            y = corr2d_pure(x, k)
        (y * factors).sum().backward()
        return (len(changes), y.detach(), x.grad, k.grad)
    torch.manual_seed(212)
    for h, w, kh, kw in ((5, 6, 3, 2), (1, 7, 1, 3), (4, 4, 4, 4)):
        x, k, factors = (torch.randn(h, w).double(), torch.randn(kh, kw).double(), torch.randn(h - kh + 1, w - kw + 1))
        changes, y, *got = inside(watched)(corr2d_pure, x, k, factors)
        leaves = [value.clone().requires_grad_() for value in (x, k)]
        expected = torch.nn.functional.conv2d(leaves[0][None, None], leaves[1][None, None])[0, 0]
        (expected * factors).sum().backward()
        assert changes == 0
        assert y.shape == expected.shape and (y - expected).abs().max() < 1e-12
        assert corr2d_pure(x.float(), k.float()).dtype == torch.float32
        for value, leaf in zip(got, leaves):
            assert value is not None and (value - leaf.grad).abs().max() < 1e-12

