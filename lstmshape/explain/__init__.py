"""`lstmshape explain`: topics, layer classes, codes, and a spec's own layers.

Nothing that a page says of shapes, counts or numbers is typed in: a topic's Markdown names specs
and demonstrations, and they are run when the page is shown, with the reader's own numbers.
"""
