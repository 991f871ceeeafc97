from otter.test_files import test_case

OK_FORMAT = False

name = "q14_unequal_images"
points = 5


def inside(function):
    """Mark a function that is to run beside the student's objects.

    The grader sends it to where they live and gets plain data back; here they live in this process already.
    """
    return function


@test_case(points=1, hidden=False, 
    failure_message="Images of 2 by 3 and 1 by 5 pixels and the multiple 2 make a batch of shape (2, C, 2, 6); an error of 2 on the only real pixel is a loss of 4; size_facts holds five booleans.")
def test_two_images(pad_collate, masked_mse, main_reason, size_facts):
    import torch
    got = pad_collate([torch.ones(3, 2, 3), 2 * torch.ones(3, 1, 5)], 2)
    assert got is not None, 'pad_collate(...) returned None: expected the pair (batch, mask)'
    assert isinstance(got, (tuple, list)) and len(got) == 2, 'pad_collate should return the pair (batch, mask)'
    batch, mask = got
    assert isinstance(batch, torch.Tensor) and isinstance(mask, torch.Tensor), 'batch and mask should be tensors'
    assert batch.shape == (2, 3, 2, 6), f'batch: expected shape (2, 3, 2, 6), got {tuple(batch.shape)}'
    assert mask.shape == (2, 1, 2, 6), f'mask: expected shape (2, 1, 2, 6), got {tuple(mask.shape)}'
    expected = [[2.0] * 5 + [0.0], [0.0] * 6]
    assert batch[1, 0].tolist() == expected, f'second image: expected {expected}, got {batch[1, 0].tolist()}'
    pred, target = (torch.tensor([5.0, 1.0]).reshape(1, 1, 1, 2), torch.tensor([3.0, 9.0]).reshape(1, 1, 1, 2))
    got = masked_mse(pred, target, torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2))
    assert got is not None, 'masked_mse(...) returned None: expected a tensor'
    assert isinstance(got, torch.Tensor) and got.shape == (), 'masked_mse should return a tensor without axes'
    assert got.item() == 4, f'masked_mse: expected 4, got {got.item()}'
    reasons = ('weights', 'kernels', 'batches', 'loss')
    assert main_reason in reasons, f'main_reason should be one of {reasons}, got {main_reason!r}'
    assert isinstance(size_facts, dict), 'size_facts should be a dictionary'
    for key in ('one_at_a_time', 'padding_is_neutral', 'norm_is_neutral', 'mean_of_means', 'any_size_fits'):
        assert isinstance(size_facts.get(key), bool), f'size_facts[{key!r}] should be True or False'

@test_case(points=1, hidden=True, 
    failure_message="Batch or mask is wrong for some images. Check sizes that are multiples already, single images, where each image stands, and the dtype.")
def test_batches(pad_collate):
    import torch
    from torch.nn import functional as F
    rng = torch.Generator().manual_seed(1219)
    lists = [[(2, 4, 8)], [(1, 1, 1)], [(3, 5, 7), (3, 6, 2), (3, 1, 9)], [(1, 16, 3), (1, 2, 17)], [(2, 3, 3)] * 4]
    for shapes in lists:
        for multiple in (1, 2, 3, 8):
            for dtype in (torch.float32, torch.float64):
                images = [torch.rand(shape, generator=rng, dtype=dtype) + 1 for shape in shapes]
                batch, mask = pad_collate(images, multiple)
                height = min((m for m in range(multiple, 60, multiple) if all((m >= s[1] for s in shapes))))
                width = min((m for m in range(multiple, 60, multiple) if all((m >= s[2] for s in shapes))))
                padded = [F.pad(i, (0, width - i.shape[2], 0, height - i.shape[1])) for i in images]
                assert batch.shape == (len(shapes), shapes[0][0], height, width)
                assert batch.dtype == dtype and torch.equal(batch, torch.stack(padded))
                assert mask.shape == (len(shapes), 1, height, width) and mask.dtype == dtype
                assert torch.equal(mask, (batch[:, :1] > 0).to(dtype))

@test_case(points=2, hidden=True, 
    failure_message="The loss or its gradient depends on the padding, or does not weigh every real pixel and channel equally.")
def test_masked_loss(masked_mse):
    import torch

    def graded(fn, pred, target, mask):
        pred = pred.clone().requires_grad_()
        loss = fn(pred, target, mask)
        loss.backward()
        return (loss.detach(), pred.grad)
    rng = torch.Generator().manual_seed(1220)
    for channels, sizes in ((1, [(2, 3), (4, 4)]), (3, [(5, 2), (1, 6), (6, 6)]), (2, [(3, 3)]), (4, [(1, 1), (5, 5)])):
        for dtype, room in ((torch.float64, 1e-12), (torch.float32, 1e-05)):
            shape = (len(sizes), channels, 6, 7)
            pred = torch.randn(shape, generator=rng, dtype=dtype)
            target = torch.randn(shape, generator=rng, dtype=dtype) + 1
            mask, errors = (torch.zeros(len(sizes), 1, 6, 7, dtype=dtype), [])
            for index, (h, w) in enumerate(sizes):
                mask[index, :, :h, :w] = 1
                errors.append((pred - target)[index, :, :h, :w].flatten())
            errors = torch.cat(errors)
            expected = errors.square().sum() / len(errors)
            slopes = 2 * (pred - target) * mask / len(errors)
            for filling in (0.0, 1000000.0, float('inf'), float('nan')):
                filled = [torch.where(mask > 0, values, torch.full_like(values, filling)) for values in (pred, target)]
                assert abs(masked_mse(*filled, mask) - expected) <= room * (1 + expected)
                loss, gradient = inside(graded)(masked_mse, *filled, mask)
                assert abs(loss - expected) <= room * (1 + expected)
                assert (gradient - slopes).abs().max() <= room

@test_case(points=1, hidden=True, 
    failure_message="The main reason or at least one of the five statements about sizes is wrong.")
def test_size_facts(main_reason, size_facts):
    import torch
    from torch import nn
    from torch.nn import functional as F

    def fails(act):
        try:
            act()
        except RuntimeError:
            return True
        return False
    torch.manual_seed(12)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 1, 3, padding=1))
    small, large = (torch.randn(1, 3, 6, 6), torch.randn(1, 3, 9, 7))
    before = sum((p.numel() for p in net.parameters()))
    losses = {}

    def train_on(image):
        loss = F.mse_loss(net(image), torch.zeros_like(image[:, :1]))
        loss.backward()
        losses[image.shape] = loss.item()
    one_by_one = not fails(lambda: (train_on(small), train_on(large)))
    obstacles = {'weights': sum((p.numel() for p in net.parameters())) != before, 'kernels': fails(lambda: net(large)) or fails(lambda: net(small)), 'batches': fails(lambda: torch.stack([small[0], large[0]])), 'loss': len(losses) < 2}
    assert obstacles[main_reason]

    def same(layer):
        padded = F.pad(small, (0, 3, 0, 3))
        return torch.allclose(layer(padded)[:, :, :6, :6], layer(small), atol=0.0001)
    sizes = torch.tensor([36.0, 63.0])
    means = torch.tensor(list(losses.values()))
    pools, ups = ([nn.MaxPool2d(2)] * 4, [nn.ConvTranspose2d(3, 3, 2, stride=2)] * 4)
    around = nn.Sequential(*pools, *ups)
    found = {'one_at_a_time': one_by_one, 'padding_is_neutral': same(net), 'norm_is_neutral': same(nn.BatchNorm2d(3)), 'mean_of_means': torch.allclose(means.mean(), (means * sizes).sum() / sizes.sum()), 'any_size_fits': all((around(torch.zeros(1, 3, n, n)).shape[2] == n for n in (16, 32, 40, 50)))}
    for key, fact in found.items():
        assert size_facts[key] is bool(fact)

