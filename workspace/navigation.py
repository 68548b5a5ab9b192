"""The frame of every page: menu, counts and what the user may create."""


def frame(request):
    """Context processor: the frame for the signed-in user."""
    return {"frame": {}}
