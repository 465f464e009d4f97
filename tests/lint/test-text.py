# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that people read is marked for translation, and its file is known to gettext."""

import os

import jfstrings
import jftap
from jftap import case

ROOT = os.path.abspath(os.environ.get("JF_SOURCE_ROOT") or
                       os.path.join(os.path.dirname(__file__), "..", ".."))
FOLDERS = ("gateway", "manager", "client-gui", "data")


def listed_files():
    return [line.strip() for line in text("po/POTFILES.in").splitlines()
            if line.strip() and not line.startswith("#")]


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def sources():
    """Everything that might hold text, from the root."""
    for folder in FOLDERS:
        for place, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".ui", ".desktop.in", ".gschema.xml",
                                  ".metainfo.xml.in")):
                    yield os.path.relpath(os.path.join(place, name), ROOT)


def has_strings(path):
    if path.endswith(".ui"):
        return 'translatable="yes"' in text(path)
    if path.endswith((".c", ".h")):
        return bool(jfstrings.MARKERS.search(jfstrings.without_comments(text(path))))
    return True


@case
def every_file_with_strings_is_listed(_world):
    listed = listed_files()
    wanted = [path for path in sources() if has_strings(path)]
    jftap.equal(sorted(set(wanted) - set(listed)), [], "files that po/POTFILES.in lacks")
    jftap.equal(sorted(set(listed) - set(wanted)), [], "lines of po/POTFILES.in without strings")
    jftap.equal(listed, sorted(set(listed)), "po/POTFILES.in is sorted")


@case
def every_text_of_a_screen_is_marked(_world):
    wrong = [f"{path}: {what}" for path in sources() if path.endswith(".ui")
             for what in jfstrings.left_out_in_ui(text(path))]
    jftap.equal(wrong, [], "user interface files")


@case
def every_text_of_the_code_is_marked(_world):
    wrong = [f"{path}:{line}: {what}" for path in sources()
             if path.startswith("client-gui/") and path.endswith(".c")
             for line, what in jfstrings.left_out_in_c(text(path))]
    jftap.equal(wrong, [], "code of the app")


@case
def gettext_can_read_what_is_marked(_world):
    wrong = [f"{path}:{line}: {what}" for path in sources() if path.endswith((".c", ".h"))
             for line, what in jfstrings.not_literal(text(path))]
    jftap.equal(wrong, [], "marked text")


@case
def the_check_finds_what_is_left_out(_world):
    code = '''
      /* gtk_label_set_label (label, "a comment"); */
      gtk_label_set_label (label, "Hello, world");
      gtk_label_set_label (label, _("Hello"));
      gtk_label_set_label (label, on ? "On, yes" : _("Off"));
      gtk_label_set_label (label, on ? "On" : "Off");
      gtk_label_set_label (label, "%u / %u");
      gtk_label_set_label (label, words (a, "key"));
      adw_message_dialog_add_response (dialog, "cancel", "Cancel");
      adw_message_dialog_add_response (dialog, "cancel", _("Cancel"));
      g_notification_add_button (note, _("Open"), "app.open");
      gtk_accessible_update_property (a, GTK_ACCESSIBLE_PROPERTY_LABEL, "Close", -1);
      g_object_new (T, "title", "Words", "icon-name", "folder-symbolic", NULL);
    '''
    found = [line for line, _ in jfstrings.left_out_in_c(code)]
    jftap.equal(found, [3, 6, 6, 9, 12, 13], "lines that were found")
    macros = '_ ("%" G_GUINT64_FORMAT " bytes"); _ (words); _ ("fine " "too"); C_ ("a", "b");'
    jftap.equal(len(jfstrings.not_literal(macros)), 1, "markers with a macro inside")
    screen = '''<interface><template class="A">
      <property name="title">Seen</property>
      <property name="title" translatable="yes">Seen</property>
      <property name="icon-name">list-add-symbolic</property>
      <property name="tooltip_text">Seen, too</property>
      <property name="label">10 %</property>
      <accessibility><property name="label">Named</property></accessibility>
    </template></interface>'''
    jftap.equal(len(jfstrings.left_out_in_ui(screen)), 3, "texts that were found")


if __name__ == "__main__":
    jftap.run()
