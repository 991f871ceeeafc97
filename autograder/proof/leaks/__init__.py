"""The leak audit: nothing of the answers stands in what students get."""
