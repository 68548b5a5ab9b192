from tests.test_pages import *
def test_dbgq(scene):
    fill(scene, 3)
    from django.test.utils import CaptureQueriesContext
    for url in (reverse("opportunity_edit", args=[scene.opportunity.pk]),):
        c = scene.clients["rep"]; c.get(url)
        with CaptureQueriesContext(connection) as cap: c.get(url)
        for q in cap: print("@@", q["sql"][:60], "...", q["sql"].split(" FROM ")[1][:200])
