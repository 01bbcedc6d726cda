/* HTML and SVG: no text can be anything but text. */
#include "buf.h"
#include "figure.h"
#include "html.h"
#include "sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
markup_in_text_is_text(void **state)
{
	struct buf b = { 0 };

	(void)state;
	html_printf(&b, "<a title=\"%s\">%s</a> %d%%", "\"'", "<b>&", 7);
	assert_string_equal(
	    b.data, "<a title=\"&quot;&#39;\">&lt;b&gt;&amp;</a> 7%");
	buf_free(&b);
}

static void
numbers_have_commas(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 1234567, "1,234,567" },
		{ -1, "-1" },
		{ -123, "-123" },
		{ -1234, "-1,234" },
		{ INT64_MIN, "-9,223,372,036,854,775,808" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&b);
		html_put_number(&b, cases[i].n);
		assert_string_equal(b.data, cases[i].text);
	}
	buf_free(&b);
}

static char names[][8] = { "<rule>", "n" };
static char texts[][8] = { "<i>", "5", "b", "12" };

static void
make_sheet(struct sheet *s, char **columns, struct sheet_cell *cells)
{
	for (size_t i = 0; i < 2; i++)
		columns[i] = names[i];
	for (size_t i = 0; i < 4; i++)
		cells[i] = (struct sheet_cell){ texts[i], i == 1 ? 5 : 12,
			i % 2 == 1 };
	*s = (struct sheet){ 2, 2, columns, cells };
}

static void
a_table_has_its_rows_or_says_what_is_left_out(void **state)
{
	char *columns[2];
	struct sheet_cell cells[4];
	struct sheet s;
	struct buf b = { 0 };

	(void)state;
	make_sheet(&s, columns, cells);
	html_put_table(&b, &s, "a & b", 1);
	assert_string_equal(b.data,
	    "<table>\n<caption>a &amp; b</caption>\n<thead><tr>"
	    "<th scope=\"col\">&lt;rule&gt;</th><th scope=\"col\">n</th>"
	    "</tr></thead>\n<tbody>\n"
	    "<tr><td>&lt;i&gt;</td><td class=\"n\">5</td></tr>\n"
	    "</tbody>\n</table>\n"
	    "<p>The first 1 of 2 rows; the SQL gives them all.</p>\n");
	assert_int_equal(sheet_sum(&s, "n"), 17);
	assert_int_equal(sheet_max(&s, "n"), 12);
	buf_free(&b);
}

static void
long_texts_are_cut_between_characters(void **state)
{
	struct buf b = { 0 };
	struct figure_canvas c;

	(void)state;
	c = figure_open(&b, FIGURE_FLUID, 10, "t");
	buf_clear(&b);
	figure_text(&c, 0, 1, FIGURE_START, "gr\303\274\303\237e<", 6);
	figure_text(&c, 0, 1, FIGURE_END, "gr\303\274\303\237e", 4);
	assert_string_equal(b.data,
	    "<text x=\"0.00%\" y=\"1.0\" text-anchor=\"start\">"
	    "gr\303\274\303\237e&lt;</text>\n"
	    "<text x=\"0.00%\" y=\"1.0\" text-anchor=\"end\">"
	    "gr\303\274\342\200\246</text>\n");
	buf_free(&b);
}

static void
the_longest_bar_is_that_of_the_largest_number(void **state)
{
	char *columns[2];
	struct sheet_cell cells[4];
	struct sheet s;
	struct buf b = { 0 };

	(void)state;
	make_sheet(&s, columns, cells);
	bars_draw(&b, &s);
	assert_non_null(strstr(b.data, "width=\"86.00%\""));
	assert_non_null(strstr(b.data, "width=\"35.83%\""));
	assert_null(strstr(b.data, "<i>"));
	buf_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_in_text_is_text),
		cmocka_unit_test(numbers_have_commas),
		cmocka_unit_test(a_table_has_its_rows_or_says_what_is_left_out),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(the_longest_bar_is_that_of_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
