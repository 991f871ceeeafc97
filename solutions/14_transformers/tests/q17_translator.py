from otter.test_files import test_case

OK_FORMAT = False

name = "q17_translator"
points = 4

@test_case(points=1, hidden=False, 
    failure_message="state_facts should hold nine booleans.")
def test_nine_booleans(state_facts):
    assert isinstance(state_facts, dict), 'state_facts should be a dictionary'
    keys = ['attention_translates_better', 'self_beats_none', 'self_matches_cross', 'weights_find_the_word']
    keys += ['middle_state_is_local', 'last_state_is_summary', 'decoder_memorises', 'self_frees_decoder']
    for key in keys + ['gradient_takes_a_short_cut']:
        assert type(state_facts.get(key)) is bool, f'state_facts[{key!r}] should be True or False'

@test_case(points=3, hidden=True, 
    failure_message="At least one of the nine statements is not what the three translators show. Read the table again.")
def test_state_facts(state_facts, RUNS):
    import torch

    def reads(states, words):
        inputs = torch.cat([states, torch.ones(600, 1)], dim=1).double()
        targets = (words[:300, None] == torch.arange(8)).double()
        guess = (inputs[300:] @ torch.linalg.pinv(inputs[:300]) @ targets).argmax(dim=1)
        return (guess == words[300:]).float().mean().item()
    right, middle, first, ahead = ({}, {}, {}, {})
    for mode, run in RUNS.items():
        right[mode] = (run['written'] == run['target']).float().mean().item()
        middle[mode] = reads(run['enc'][:, 5], run['source'][:, 5])
        first[mode] = reads(run['enc'][:, 9], run['source'][:, 0])
        ahead[mode] = reads(run['dec'][:, 5], run['target'][:, 7])
    assert right['none'] < 0.55 and 0.45 < right['self'] < 0.7 and (right['cross'] > 0.8)
    best = RUNS['cross']['weights'].argmax(dim=2) == torch.arange(10)
    slopes = {mode: RUNS[mode]['first_gradient'] for mode in RUNS}
    measured = {'attention_translates_better': right['cross'] - right['none'] >= 0.03, 'self_beats_none': right['self'] - right['none'] >= 0.03, 'self_matches_cross': right['cross'] - right['self'] < 0.03, 'weights_find_the_word': best.float().mean().item() > 0.5, 'middle_state_is_local': middle['cross'] - middle['none'] >= 0.03, 'last_state_is_summary': first['cross'] - first['none'] >= 0.03, 'decoder_memorises': ahead['cross'] - ahead['none'] >= 0.03, 'self_frees_decoder': ahead['self'] - ahead['cross'] < 0.03, 'gradient_takes_a_short_cut': slopes['cross'] > 10 * slopes['none']}
    for key, holds in measured.items():
        assert state_facts[key] is holds, f'state_facts[{key!r}] is not what the translators show'

