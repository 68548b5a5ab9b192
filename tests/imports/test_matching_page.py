"""The page of the matching over HTTP, values for every row, and saved mappings."""

from pathlib import Path

import pytest
from django.urls import reverse

from imports.matching_choices import choose_matching
from imports.models import Import, SavedMap
from imports.run import ImportNotReady
from setup_values.models import Source
from tests import make
from tests.imports.browsing import begin_check, body, body_with_tags, page, signed_in, uploaded, work_off
from tests.imports.running import ANA, actions, bring, card, check, go, person, run, table, the

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent.parent / "files"
ALL = ["uid", "email", "phone", "company"]


def choose(browser, work, **chosen):
    """Post the matching form without going on."""
    return browser.post(page(work, "matching"), {"match": ALL, **chosen})


class TestOfSomebodyElse:
    def test_an_administrator_is_offered_what_the_import_may_do_with_the_rights_of_its_user(self, browser, rep):
        make.value(Source, "Fair")
        administrator = make.user("administrator", name="Ada Min")
        far = make.user("rep", name="Far Away")
        work = uploaded(browser, table(ANA | {"Source": "Radio"}))
        other = signed_in(administrator)

        shown = body_with_tags(other, page(work, "matching"))
        assert f'<option value="" selected>{rep.name}</option>' in shown
        assert shown.count("<option") == body_with_tags(browser, page(work, "matching")).count("<option")
        for choice in ("nobody", str(administrator.pk), str(far.pk)):
            refused = other.post(page(work, "matching"), {"match": ALL, "owner": choice})
            allowed = browser.post(page(work, "matching"), {"match": ALL, "owner": choice})
            assert refused.status_code == allowed.status_code
        begin_check(other, work)
        work_off(work)
        assert work.planned["unknown"]
        assert "@create" not in body_with_tags(other, page(work, "check"))
        assert other.post(page(work, "kind"), {"entity": "source"}).status_code == 404

    def test_pages_of_a_user_who_is_gone_stay_readable(self, browser, rep):
        work = check(bring(rep, table(ANA | {"Source": "Radio"})))
        type(rep).objects.filter(pk=rep.pk).update(is_active=False)
        other = signed_in(make.user("administrator"))

        for name in ("recognised", "mapping", "matching", "check"):
            assert other.get(page(work, name)).status_code == 200


class TestPage:
    def test_what_is_chosen_survives_and_whoever_returns_goes_on_there(self, browser, rep):
        colleague = make.user("rep", name="Jon Aguirre")
        work = uploaded(browser, table(ANA))

        choose(
            browser, work, match=["email"], policy="update", empty="clear", related_account="skip", owner=colleague.pk
        )

        again = signed_in(rep)
        assert again.get(page(work, "detail"))["Location"] == page(work, "matching")
        shown = body_with_tags(again, page(work, "matching"))
        for checked in ("match-email", "policy-update", "empty-clear"):
            assert f'id="{checked}" checked' in shown
        assert 'id="match-phone" checked' not in shown
        assert 'value="skip" checked' in shown
        assert f'<option value="{colleague.pk}" selected>Jon Aguirre</option>' in shown

    def test_the_run_does_what_was_chosen_and_the_report_says_it(self, browser, rep):
        go(rep, table(ANA))
        work = uploaded(browser, table(ANA | {"Job Title": "Director"}, person("Luis", "Gil")))

        begin_check(browser, work, match=["email"], policy="create")
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)

        assert actions(work) == ["duplicate", "create"]
        report = body(browser, page(work, "report"))
        assert "Match on Name with e-mail Existing records Only create Empty cell Keeps the old value" in report

    def test_without_any_key_it_asks_and_keeps_the_rest(self, browser):
        work = uploaded(browser, table(ANA))

        answer = choose(browser, work, match=[], policy="create")

        assert answer.status_code == 422
        assert "Choose at least one" in answer.content.decode()
        assert 'id="policy-create" checked' in answer.content.decode()

    def test_somebody_out_of_reach_is_refused_as_owner(self, browser):
        stranger = make.user("rep", name="Eva Berg", team=make.team("South"))
        work = uploaded(browser, table(ANA))

        for owner in (stranger.pk, "nobody", "x", 10**30):
            assert choose(browser, work, owner=owner).status_code == 422
        assert "Eva Berg" not in body(browser, page(work, "matching"))

    def test_unknown_answers_change_nothing(self, browser):
        work = uploaded(browser, table(ANA))

        choose(
            browser, work, match=["email", "shoe"], policy="all", empty="?", related_account="burn", related_x="skip"
        )

        work.refresh_from_db()
        assert work.options["match"] == ["email"]
        assert (work.options["policy"], work.options["empty"], work.options["related"]) == ("both", "keep", {})

    def test_cards_have_no_empty_cells_but_values_for_every_card(self, browser):
        make.value(Source, "Trade fair")
        work = uploaded(browser, card(name="Ana Ruiz"), "a.vcf")

        assert "An empty cell" not in body(browser, page(work, "matching"))
        choose(browser, work, act="add-fixed", new_fixed="lead_source")
        assert 'name="fixed_lead_source"' in body_with_tags(browser, page(work, "matching"))
        begin_check(browser, work, fixed_lead_source="Trade fair")
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)

        assert the("Ana Ruiz").source.name == "Trade fair"

    def test_nothing_can_be_chosen_once_it_runs(self, rep):
        work = run(check(bring(rep, table(ANA))))

        with pytest.raises(ImportNotReady):
            choose_matching(work=work, actor=rep, match=["email"])

    def test_days_that_nobody_decided_lead_back_to_the_mapping(self, browser):
        work = uploaded(browser, table(ANA | {"Birthday": "03/04/1975"}))

        answer = browser.post(page(work, "matching"), {"match": ALL, "continue": "1"})

        assert answer["Location"] == page(work, "mapping")

    def test_queries_do_not_grow_with_the_rows(self, browser, django_assert_max_num_queries):
        work = uploaded(browser, table(*[person(f"P{n}", "Gil") for n in range(60)]))

        with django_assert_max_num_queries(10):
            browser.get(page(work, "matching"))


class TestValuesForEveryRow:
    def test_are_added_filled_and_taken_away_without_a_script(self, browser):
        make.value(Source, "Trade fair")
        work = uploaded(browser, table(ANA))

        browser.post(page(work, "mapping"), {"act": "add-fixed", "new_fixed": "lead_source"})
        shown = body_with_tags(browser, page(work, "mapping"))
        assert '<option value="Trade fair">Trade fair</option>' in shown
        browser.post(
            page(work, "mapping"), {"fixed_lead_source": "Trade fair", "act": "add-fixed", "new_fixed": "campaign"}
        )
        browser.post(
            page(work, "mapping"),
            {"fixed_lead_source": "Trade fair", "fixed_campaign": "Spring", "act": "remove-fixed:campaign"},
        )

        work.refresh_from_db()
        assert work.options["fixed"] == {"lead_source": "Trade fair"}
        assert "Source Trade fair" in body(browser, page(work, "mapping"))

    def test_fields_that_can_have_none_are_left_out(self, browser):
        work = uploaded(browser, table(ANA))

        browser.post(page(work, "mapping"), {"fixed_email1": "x", "fixed_department": " Sales "})

        work.refresh_from_db()
        assert work.options["fixed"] == {"department": "Sales"}


class TestSavedMaps:
    ROW = person("Ana", "Ruiz", email="ana@arga.example") | {"Job Title": "Buyer", "Rang": "A"}

    def saved(self, browser, **more: str) -> SavedMap:
        work = uploaded(browser, table(self.ROW))
        columns = {"column_3": "department", "column_4": "nickname"}
        browser.post(page(work, "matching"), {"match": ["email"], "policy": "create"})
        browser.post(page(work, "mapping"), {**columns, "act": "save-map", "map_name": " Sales  office ", **more})
        return SavedMap.objects.get()

    def test_a_file_with_the_same_headers_in_any_order_is_mapped_alike(self, browser, rep):
        assert self.saved(browser).name == "Sales office"

        turned = dict(reversed(list((self.ROW | {"First Name": "Luis"}).items())))
        work = uploaded(browser, table(turned))

        assert "saved mapping “Sales office”" in body(browser, page(work, "recognised"))
        shown = body(browser, page(work, "mapping"))
        assert "Mapped as in “Sales office”" in shown
        begin_check(browser, work, match=["email"], policy="create")
        work_off(work)
        browser.post(page(work, "run"))
        work_off(work)
        assert (the("Luis Ruiz").department, the("Luis Ruiz").nickname) == ("Buyer", "A")
        assert "Saved mapping Sales office" in body(browser, page(work, "report"))

    def test_saving_one_leaves_a_finished_dry_run_as_it_is(self, browser):
        work = uploaded(browser, table(self.ROW))
        browser.post(page(work, "mapping"), {"column_3": "department"})
        begin_check(browser, work, match=["email"], policy="create")
        work_off(work)
        before, options = work.planned, work.options

        browser.post(page(work, "mapping"), {"column_3": "department", "act": "save-map", "map_name": "Office"})

        work.refresh_from_db()
        assert (work.stage, work.planned) == ("checked", before)
        assert work.options == options | {"map": {"id": SavedMap.objects.get().pk, "name": "Office"}}
        assert browser.get(page(work, "detail"))["Location"] == page(work, "check")
        browser.post(page(work, "run"))
        work_off(work)
        assert actions(work) == ["create"]
        assert "Saved mapping Office" in body(browser, page(work, "report"))

    def test_the_way_back_to_automatic(self, browser):
        self.saved(browser)
        work = uploaded(browser, table(self.ROW))
        assert work.options["policy"] == "create"

        browser.post(page(work, "mapping"), {"act": "automatic"})

        work.refresh_from_db()
        assert work.options == {"columns": {}}
        assert "Mapped as in" not in body(browser, page(work, "mapping"))

    def test_is_chosen_for_a_file_with_other_headers_as_far_as_they_are_known(self, browser):
        saved = self.saved(browser)
        work = uploaded(browser, table(person("Luis", "Gil") | {"Job Title": "Buyer", "Hobby": "Chess"}))
        assert "map" not in work.options

        browser.post(page(work, "mapping"), {"act": "use-map", "map": saved.pk})

        work.refresh_from_db()
        assert work.options["columns"] == {"2": "department"}
        assert work.options["match"] == ["email"]

    def test_of_others_only_those_for_everybody(self, browser):
        saved = self.saved(browser)
        other = signed_in(make.user("rep"))
        work = uploaded(other, table(self.ROW))
        assert "map" not in work.options
        assert other.post(page(work, "mapping"), {"act": "use-map", "map": saved.pk}).status_code == 422
        assert "Sales office" not in body(other, reverse("import_maps"))

        browser.post(reverse("import_maps"), {"map": saved.pk, "act": "rename", "name": "Office", "is_shared": "on"})

        assert other.post(page(work, "mapping"), {"act": "use-map", "map": saved.pk}).status_code == 302
        work.refresh_from_db()
        assert work.options["map"]["name"] == "Office"
        assert "Office For everybody" in body(other, reverse("import_maps"))
        for act in ("rename", "delete"):
            assert other.post(reverse("import_maps"), {"map": saved.pk, "act": act, "name": "X"}).status_code == 404

    def test_is_renamed_and_deleted_and_its_imports_keep_their_columns(self, browser):
        saved = self.saved(browser)
        work = uploaded(browser, table(self.ROW))
        maps = reverse("import_maps")

        browser.post(maps, {"map": saved.pk, "act": "rename", "name": "  "})
        assert "Give the mapping a name." in body(browser, maps)
        browser.post(maps, {"map": saved.pk, "act": "delete"})

        assert not SavedMap.objects.exists()
        assert "No saved mappings yet" in body(browser, maps)
        work.refresh_from_db()
        assert work.options["columns"] == {"3": "department", "4": "nickname"}

    @pytest.mark.parametrize("number", ["", "x", "9" * 40, "-1"])
    def test_an_unknown_one_is_not_found(self, browser, number):
        assert browser.post(reverse("import_maps"), {"map": number, "act": "delete"}).status_code == 404

    def test_the_same_name_again_replaces_and_none_is_asked_for(self, browser):
        self.saved(browser)
        self.saved(browser, map_shared="on")
        work = Import.objects.latest("pk")

        answer = browser.post(page(work, "mapping"), {"act": "save-map", "map_name": ""})

        assert SavedMap.objects.get().is_shared
        assert answer.status_code == 422
        assert "Give the mapping a name." in answer.content.decode()

    def test_what_a_colleague_saved_for_everybody_is_offered_and_not_applied_by_itself(self, browser, colleague, admin):
        other = signed_in(colleague)
        self.saved(other, map_shared="on")
        theirs = SavedMap.objects.get()

        work = uploaded(browser, table(self.ROW))
        assert "map" not in work.options
        assert theirs.name in body_with_tags(browser, page(work, "mapping"))

        SavedMap.objects.update(created_by=admin)
        assert "map" in uploaded(browser, table(self.ROW)).options

    def test_a_chosen_order_of_days_is_used_where_the_file_does_not_tell(self, browser):
        days = ANA | {"Birthday": "03/04/1975"}
        work = uploaded(browser, table(days))
        browser.post(page(work, "mapping"), {"date_birthday": "mdy", "act": "save-map", "map_name": "Dates"})

        again, clear = uploaded(browser, table(days)), uploaded(browser, table(ANA | {"Birthday": "23/04/1975"}))

        assert again.options["date_orders"] == {"birthday": "mdy"}
        assert "date_orders" not in clear.options

    def test_the_mapping_of_a_file_without_headers_is_only_applied_by_choice(self, browser):
        content = (FILES / "csv" / "no-header.csv").read_bytes()
        work = uploaded(browser, content)
        names = {"column_0": "first_name", "column_1": "last_name", "column_2": "email1"}
        browser.post(page(work, "mapping"), {**names, "act": "save-map", "map_name": "Plain"})

        again = uploaded(browser, content)
        assert "map" not in again.options
        browser.post(page(again, "mapping"), {"act": "use-map", "map": SavedMap.objects.get().pk})

        again.refresh_from_db()
        work.refresh_from_db()
        assert again.options["columns"] == work.options["columns"]


def test_names_answered_while_the_order_of_a_date_is_open_lead_to_that_question(browser):
    row = {"First name": "A", "Last name": "B", "E-mail": "z@x.example", "Remark": "1/2/1990", "Source": "NoSuchZ"}
    work = uploaded(browser, table(row))
    begin_check(browser, work)
    work_off(work)
    # In another tab.
    browser.post(page(work, "mapping"), {"column_3": "birthday"})
    answer = browser.post(page(work, "values"), {"field": "lead_source", "text": "NoSuchZ", "answer": "@empty"})
    assert answer["Location"] == page(work, "mapping")
    text = body(browser, answer["Location"])
    assert "Choose first whether the day or the month comes first." in text
    work.refresh_from_db()
    assert work.options["values"] == {"lead_source": {"nosuchz": "@empty"}}
