from otter.test_files import test_case

OK_FORMAT = False

name = "q1_attention_counts"
points = 3

@test_case(points=1, hidden=False, 
    failure_message="For two tokens of length 1 the five numbers are 3, 3, 4, 4 and 2; both totals are integers.")
def test_two_short_tokens(attention_counts, text_attention, text_dense):
    got = attention_counts(2, 1)
    assert got is not None, 'attention_counts(2, 1) returned None: expected a dictionary'
    assert isinstance(got, dict), 'attention_counts should return a dictionary'
    expected = {'qkv_weights': 3, 'qkv_biases': 3, 'attention_weights': 4, 'dense_weights': 4, 'dense_biases': 2}
    for key, value in expected.items():
        assert key in got, f'the dictionary has no entry {key!r}'
        assert got[key] == value, f'attention_counts(2, 1)[{key!r}]: expected {value}, got {got[key]}'
    assert type(text_attention) is int, 'text_attention should be an integer'
    assert type(text_dense) is int, 'text_dense should be an integer'

@test_case(points=1, hidden=True, 
    failure_message="Some count is wrong. Parameters are shared by all tokens; attention weights are computed, one for each query and key.")
def test_counted_in_torch(attention_counts):
    import torch
    for n in (1, 2, 3, 5):
        for d in (1, 2, 3, 4, 7):
            layer = torch.nn.MultiheadAttention(d, 1, batch_first=True)
            x = torch.randn(1, n, d)
            dense = torch.nn.Linear(n * d, n * d)
            assert dict(attention_counts(n, d)) == {'qkv_weights': layer.in_proj_weight.numel(), 'qkv_biases': layer.in_proj_bias.numel(), 'attention_weights': layer(x, x, x)[1].numel(), 'dense_weights': dense.weight.numel(), 'dense_biases': dense.bias.numel()}
    huge = attention_counts(10 ** 8, 10 ** 7)
    assert all((type(value) is int for value in huge.values()))
    assert huge['dense_weights'] == 10 ** 30 and huge['qkv_weights'] == 3 * 10 ** 14

@test_case(points=1, hidden=True, 
    failure_message="At least one of the two totals for the text is wrong. A total has weights and biases.")
def test_text_totals(text_attention, text_dense):
    import torch
    layer = torch.nn.MultiheadAttention(512, 1, device='meta')
    assert text_attention == layer.in_proj_weight.numel() + layer.in_proj_bias.numel()
    dense = torch.nn.Linear(1000 * 512, 1000 * 512, device='meta')
    assert text_dense == dense.weight.numel() + dense.bias.numel()

