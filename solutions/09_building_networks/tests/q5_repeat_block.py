from otter.test_files import test_case

OK_FORMAT = False

name = "q5_repeat_block"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Three blocks of nn.Linear(1, 1) have 6 parameters; the average of the identity and of a ReLU turns -2 into -1; copies holds four integers.")
def test_three_tiny_blocks(Average, repeat_block, copies):
    import torch
    from torch import nn
    out = Average([nn.Identity(), nn.ReLU()])(torch.tensor([[-2.0]]))
    assert out is not None, 'forward of Average returned None: expected a tensor'
    assert out.tolist() == [[-1.0]], f'Average of -2 and 0: expected [[-1.0]], got {out.tolist()}'
    for parallel in (False, True):
        net = repeat_block(lambda: nn.Linear(1, 1), 3, parallel=parallel)
        assert net is not None, 'repeat_block(...) returned None: expected a module'
        assert isinstance(net, nn.Module), 'repeat_block should return an nn.Module'
        count = sum((p.numel() for p in net.parameters()))
        assert count == 6, f'three blocks of nn.Linear(1, 1), parallel={parallel}: expected 6 parameters, got {count}'
    assert isinstance(copies, dict), 'copies should be a dictionary'
    for key in ('shared_numbers', 'shared_keys', 'factory_numbers', 'deepcopy_starts'):
        assert type(copies.get(key)) is int, f'copies[{key!r}] should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="The output is not that of the chained blocks, or not the mean of the outputs of all blocks.")
def test_outputs(Average, repeat_block):

    def probe(repeat_block, k, parallel, x):
        import torch
        from torch import nn
        made = []

        def make_block():
            made.append(nn.Sequential(nn.Linear(5, 5), nn.Tanh()).double())
            return made[-1]
        torch.manual_seed(k)
        out = repeat_block(make_block, k, parallel)(x).detach()
        return (out, [(block[0].weight.detach(), block[0].bias.detach()) for block in made])
    import torch
    from torch import nn
    x = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(95))
    for k in (1, 2, 5):
        for parallel in (False, True):
            out, weights = inside(probe)(repeat_block, k, parallel, x)
            assert len(weights) == k
            total, h = (torch.zeros_like(x), x)
            for weight, bias in weights:
                total = total + torch.tanh(x @ weight.T + bias)
                h = torch.tanh(h @ weight.T + bias)
            assert torch.allclose(out, total / k if parallel else h, rtol=0, atol=1e-12)
    got = Average([nn.Linear(5, 2).double()])(x)
    assert tuple(got.shape) == (6, 2)

@test_case(points=2, hidden=True, 
    failure_message="The blocks are not independent, or not all of them are owned by the module. Which of them share weights, begin alike, or stay out of the optimiser?")
def test_independent_blocks(repeat_block):

    def probe(repeat_block, k, parallel):
        import torch
        from torch import nn
        net = repeat_block(lambda: nn.Linear(7, 7), k, parallel)
        weights = [p for p in net.parameters() if p.dim() == 2]
        starts = [tuple(w.detach().flatten().tolist()) for w in weights]
        net(torch.randn(3, 7)).square().sum().backward()
        grads = all((p.grad is not None for p in net.parameters()))
        with torch.no_grad():
            weights[0] += 1
        unmoved = [tuple(w.detach().flatten().tolist()) == start for w, start in zip(weights, starts)]
        numbers = sum((p.numel() for p in net.parameters()))
        storages = len({p.data_ptr() for p in net.parameters()})
        return (numbers, len(set(starts)), unmoved, storages, len(net.state_dict()), grads)
    for k in (1, 2, 4):
        for parallel in (False, True):
            numbers, starts, unmoved, storages, keys, grads = inside(probe)(repeat_block, k, parallel)
            assert numbers == k * 56 and starts == k and (storages == 2 * k) and (keys == 2 * k) and grads
            assert unmoved == [False] + [True] * (k - 1)

@test_case(points=1, hidden=True, 
    failure_message="At least one of the four integers is wrong. Build the networks and count.")
def test_copies(copies):
    import copy
    from torch import nn
    block = nn.Linear(16, 16)
    shared = nn.Sequential(*[block] * 4)
    fresh = nn.Sequential(*[nn.Linear(16, 16) for _ in range(4)])
    deep = [copy.deepcopy(block) for _ in range(4)]
    assert copies['shared_numbers'] == sum((p.numel() for p in shared.parameters()))
    assert copies['shared_keys'] == len(shared.state_dict())
    assert copies['factory_numbers'] == sum((p.numel() for p in fresh.parameters()))
    assert copies['deepcopy_starts'] == len({tuple(b.weight.flatten().tolist()) for b in deep})

