"""Lists that read one page and one row more, and never ask how many there are."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

MAX_OFFSET = 10_000  # rows that a page may lie behind the first: further on it is a search that is missing


class PagesOnly(Paginator):  # type: ignore[type-arg]  # generic to the stubs alone
    """Previous and next, without a number of pages: `cl.more` tells whether there is a next one."""

    template_name = "crm_admin/paginas.html"

    @property
    def count(self) -> int:
        """Django's autocomplete asks; a page more than there may be costs one empty answer."""
        return MAX_OFFSET


class BoundedChangeList(ChangeList):
    more = False

    def get_results(self, request: HttpRequest) -> None:
        start = (self.page_num - 1) * self.list_per_page
        if not 0 <= start < MAX_OFFSET:
            raise IncorrectLookupParameters
        rows = list(self.queryset[start : start + self.list_per_page + 1])
        self.more = len(rows) > self.list_per_page
        self.result_list = rows[: self.list_per_page]
        for row in self.result_list:
            self.model_admin.mask(request, row)
        # as many as are shown, so that nothing offers to select what lies beyond this page
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
        self.paginator = PagesOnly(self.result_list, self.list_per_page)


class DeletedFilter(SimpleListFilter):
    """Deleted records are left out unless asked for, and then only those are shown, to be restored."""

    title = "situação"
    parameter_name = "excluidos"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("sim", "excluídos")]

    def choices(self, changelist: Any) -> Any:
        choices = list(super().choices(changelist))
        return [{**choices[0], "display": "ativos"}, *choices[1:]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(excluido_em__isnull=self.value() != "sim")
