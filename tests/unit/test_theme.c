/* test_theme — colours by theme and terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tui/theme.h"

static const struct theme *find(const char *name)
{
    const struct theme *theme = NULL;
    struct err_msg why;
    assert_int_equal(theme_parse(text_from(name), &theme, &why), ERR_OK);
    return theme;
}

static void themes_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"dark", "light", "mono", "high-contrast", "16"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        assert_string_equal(theme_name(find(names[i])), names[i]);
    }
    const struct theme *theme = NULL;
    struct err_msg why;
    assert_int_equal(theme_parse(TEXT("darkk"), &theme, &why), ERR_NOT_FOUND);
    assert_null(theme);
    assert_non_null(strstr(why.text, "high-contrast"));
}

static void the_background_of_the_terminal_chooses(void **state)
{
    (void)state;
    assert_string_equal(theme_name(theme_automatic(NULL)), "dark");
    assert_string_equal(theme_name(theme_automatic("15;0")), "dark");
    assert_string_equal(theme_name(theme_automatic("0;15")), "light");
    assert_string_equal(theme_name(theme_automatic("0;default;15")), "light");
    assert_string_equal(theme_name(theme_automatic("15;")), "dark");
    assert_string_equal(theme_name(theme_automatic("nonsense")), "dark");
}

static void the_user_outranks_no_color_and_the_terminal_outranks_both(void **state)
{
    (void)state;
    assert_int_equal(theme_level(COLOUR_AUTO, NULL, 256), LEVEL_256);
    assert_int_equal(theme_level(COLOUR_AUTO, "", 256), LEVEL_256);
    assert_int_equal(theme_level(COLOUR_AUTO, "1", 256), LEVEL_MONO);
    assert_int_equal(theme_level(COLOUR_256, "1", 256), LEVEL_256);
    assert_int_equal(theme_level(COLOUR_8, NULL, 256), LEVEL_8);
    assert_int_equal(theme_level(COLOUR_NEVER, NULL, 256), LEVEL_MONO);
    assert_int_equal(theme_level(COLOUR_256, NULL, -1), LEVEL_MONO);
    assert_int_equal(theme_level(COLOUR_AUTO, NULL, 16), LEVEL_16);
    assert_int_equal(theme_level(COLOUR_AUTO, NULL, 1 << 24), LEVEL_256);
}

static void every_tone_stays_inside_the_colours_of_the_level(void **state)
{
    (void)state;
    static const char *const names[] = {"dark", "light", "mono", "high-contrast", "16"};
    static const int largest[LEVEL_COUNT] = {
        [LEVEL_MONO] = -1, [LEVEL_8] = 7, [LEVEL_16] = 15, [LEVEL_256] = 255};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (int level = LEVEL_MONO; level < LEVEL_COUNT; level++) {
            for (int tone = 0; tone < 256; tone++) {
                for (int flags = 0; flags < 32; flags++) {
                    struct style style = theme_style(find(names[i]), (enum colour_level)level,
                                                     (struct ink){(uint8_t)tone, (uint8_t)flags});
                    assert_in_range(style.foreground + 1, 0, largest[level] + 1);
                    assert_in_range(style.background + 1, 0, largest[level] + 1);
                    assert_int_equal(style.flags & INK_SELECTED, 0);
                }
            }
        }
    }
}

static void a_selected_row_is_seen_at_every_level(void **state)
{
    (void)state;
    struct ink selected = INK_WITH(TONE_NORMAL, INK_SELECTED);
    assert_int_equal(theme_style(find("dark"), LEVEL_256, selected).background, 236);
    assert_int_equal(theme_style(find("light"), LEVEL_256, selected).background, 254);
    assert_int_equal(theme_style(find("dark"), LEVEL_8, selected).flags, INK_REVERSE);
    assert_int_equal(theme_style(find("mono"), LEVEL_256, selected).flags, INK_REVERSE);
    assert_int_equal(theme_style(find("high-contrast"), LEVEL_256, selected).flags, INK_REVERSE);
}

static void hues_of_services_differ(void **state)
{
    (void)state;
    static const char *const names[] = {"dark", "light"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (int a = TONE_SERVICE_0; a <= TONE_SERVICE_7; a++) {
            int colour = theme_style(find(names[i]), LEVEL_256, INK((uint8_t)a)).foreground;
            assert_int_not_equal(
                colour, theme_style(find(names[i]), LEVEL_256, INK(TONE_ERROR)).foreground);
            for (int b = a + 1; b <= TONE_SERVICE_7; b++) {
                assert_int_not_equal(
                    colour, theme_style(find(names[i]), LEVEL_256, INK((uint8_t)b)).foreground);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(themes_have_names),
        cmocka_unit_test(the_background_of_the_terminal_chooses),
        cmocka_unit_test(the_user_outranks_no_color_and_the_terminal_outranks_both),
        cmocka_unit_test(every_tone_stays_inside_the_colours_of_the_level),
        cmocka_unit_test(a_selected_row_is_seen_at_every_level),
        cmocka_unit_test(hues_of_services_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
