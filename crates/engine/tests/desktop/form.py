"""A form with a text, a button and a label, which the button changes."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

window = Gtk.Window(title="Form")
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
window.add(box)
entry = Gtk.Entry(text="before")
scale = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 10, 1)
label = Gtk.Label(label="Greeting")
button = Gtk.Button(label="Press me")
button.connect("clicked", lambda _: label.set_text(f"Hello {entry.get_text()} {scale.get_value():.0f}"))
for widget in (entry, scale, label, button):
    box.add(widget)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
