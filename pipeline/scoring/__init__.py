"""A night's judgement: facts to scores, scores to alerts, and both to reasons in words."""
