# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds text for people in C and in GtkBuilder files: what is marked for translation, and what
was left out. Used by tests/lint/test-text.py."""

import re
import xml.etree.ElementTree as ElementTree

MARKERS = re.compile(r"\b(?:_|N_|C_|NC_|ngettext|g_dngettext|g_dpgettext2) ?\(")

# properties and attributes whose text people see
SHOWN = {
    "accept-label", "body", "button-label", "cancel-label", "comments", "description", "heading",
    "help-text", "label", "markup", "menu-label", "placeholder-text", "primary-text",
    "role-description", "secondary-text", "subtitle", "text", "title", "tooltip-markup",
    "tooltip-text", "value-text",
}
# names are the same in every language
NAMES = {"Jackfield", "OK"}

# function: which arguments people see, counted from 0
SHOWN_BY = {
    "adw_action_row_set_subtitle": [1],
    "adw_action_row_set_title": [1],
    "adw_expander_row_set_subtitle": [1],
    "adw_message_dialog_add_response": [2],
    "adw_message_dialog_format_body": [1],
    "adw_message_dialog_format_heading": [1],
    "adw_message_dialog_new": [1, 2],
    "adw_message_dialog_set_body": [1],
    "adw_message_dialog_set_heading": [1],
    "adw_message_dialog_set_response_label": [2],
    "adw_preferences_group_set_description": [1],
    "adw_preferences_group_set_title": [1],
    "adw_preferences_page_set_title": [1],
    "adw_preferences_row_set_title": [1],
    "adw_status_page_set_description": [1],
    "adw_status_page_set_title": [1],
    "adw_toast_new": [0],
    "adw_toast_new_format": [0],
    "adw_toast_set_button_label": [1],
    "adw_toast_set_title": [1],
    "adw_window_title_new": [0, 1],
    "adw_window_title_set_subtitle": [1],
    "adw_window_title_set_title": [1],
    "g_menu_append": [1],
    "g_menu_append_section": [1],
    "g_menu_append_submenu": [1],
    "g_menu_item_new": [0],
    "g_menu_item_set_label": [1],
    "g_notification_add_button": [1],
    "g_notification_add_button_with_target": [1],
    "g_notification_new": [0],
    "g_notification_set_body": [1],
    "g_notification_set_title": [1],
    "gtk_button_new_with_label": [0],
    "gtk_button_new_with_mnemonic": [0],
    "gtk_button_set_label": [1],
    "gtk_check_button_new_with_label": [0],
    "gtk_check_button_set_label": [1],
    "gtk_entry_set_placeholder_text": [1],
    "gtk_file_chooser_native_new": [0, 3, 4],
    "gtk_label_new": [0],
    "gtk_label_set_label": [1],
    "gtk_label_set_markup": [1],
    "gtk_label_set_text": [1],
    "gtk_menu_button_set_label": [1],
    "gtk_search_entry_set_placeholder_text": [1],
    "gtk_text_buffer_set_text": [1],
    "gtk_widget_set_tooltip_markup": [1],
    "gtk_widget_set_tooltip_text": [1],
    "gtk_window_set_title": [1],
}
CALL = re.compile(r"\b(" + "|".join(SHOWN_BY) + r") ?\(")
# GTK_ACCESSIBLE_PROPERTY_LABEL, "text": and the same for descriptions and the like
ACCESSIBLE = re.compile(r"GTK_ACCESSIBLE_PROPERTY_(?:LABEL|DESCRIPTION|VALUE_TEXT|PLACEHOLDER|"
                        r"ROLE_DESCRIPTION|HELP_TEXT),\s*(\"(?:[^\"\\]|\\.)*\")")
# "title", "text": a property given by name to g_object_new() or g_object_set()
BY_NAME = re.compile(r"[(,]\s*\"(" + "|".join(sorted(SHOWN)) + r")\",\s*(\"(?:[^\"\\]|\\.)*\")")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def has_letters(text):
    """Whether it has words: conversions, entities, tags and {names} are none."""
    bare = re.sub(r"%[-+ #0]*[\d*.]*(?:l|ll|h|z|j|t)*[a-zA-Z]|\{\w+\}|<[^>]*>|&\w+;|\\.", " ", text)
    return bool(re.search(r"[^\W\d_]", bare))


def without_comments(source):
    """The same text with comments blanked, so that positions and lines stay."""
    def blank(match):
        found = match[0]
        return found if found[0] in "\"'" else re.sub(r"[^\n]", " ", found)
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", blank, source,
                  flags=re.S)


def arguments(source, start):
    """The arguments of the call whose parenthesis opens before `start`, as text."""
    found, depth, begin, at = [], 0, start, start
    while at < len(source):
        char = source[at]
        if char == '"':
            at = LITERAL.match(source, at).end() - 1
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            if depth == 0:
                return found + [source[begin:at].strip()]
            depth -= 1
        elif char == "," and depth == 0:
            found.append(source[begin:at].strip())
            begin = at + 1
        at += 1
    return found


def bare_literals(argument):
    """Literals with words in it that no marker encloses."""
    if MARKERS.search(argument) or not argument.startswith(('"', "(")) and "?" not in argument:
        return []
    return [text for text in LITERAL.findall(argument) if has_letters(text) and text not in NAMES]


def not_literal(source):
    """(line, what) of markers round literals and something else, as a macro: gettext sees a part of
    that. (A variable alone is marked by N_ () where its text is.)"""
    source = without_comments(source)
    found = []
    for match in MARKERS.finditer(source):
        for argument in arguments(source, match.end())[:1]:
            rest = LITERAL.sub("", argument).strip()
            if rest and rest != argument:
                found.append((source.count("\n", 0, match.start()) + 1,
                              f"gettext cannot read {argument!r}"))
    return found


def left_out_in_c(source):
    """(line, what) of literals that people would see untranslated."""
    source = without_comments(source)
    found = []
    for match in CALL.finditer(source):
        given = arguments(source, match.end())
        for index in SHOWN_BY[match[1]]:
            for text in bare_literals(given[index]) if index < len(given) else []:
                found.append((match.start(), f'{match[1]} () is given "{text}"'))
    for match in ACCESSIBLE.finditer(source):
        for text in bare_literals(match[1]):
            found.append((match.start(), f'an accessible property is given "{text}"'))
    for match in BY_NAME.finditer(source):
        for text in bare_literals(match[2]):
            found.append((match.start(), f'the property "{match[1]}" is given "{text}"'))
    return [(source.count("\n", 0, at) + 1, what) for at, what in sorted(found)]


def left_out_in_ui(text):
    """What people would see untranslated of a GtkBuilder file."""
    found = []
    for element in ElementTree.fromstring(text).iter():
        name = element.get("name", "").replace("_", "-")
        shown = (element.tag in ("property", "attribute") and name in SHOWN or
                 element.tag == "item")
        content = (element.text or "").strip()
        if (shown and element.get("translatable") != "yes" and has_letters(content) and
                content not in NAMES):
            found.append(f'{element.tag} {name or "text"} "{content}" is not translatable')
    return found
