"""RPN Explorer: see and steer every stage of a real region proposal network.

Start it with `make run`, or `streamlit run app.py`. A server of one's own choice runs `app:app`:
`uvicorn app:app`.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

if __name__ == "__main__":  # one visitor's run of the page, by Streamlit
    from pages._server.first_visit import await_imports

    await_imports()

    from pages._server.heap import freeze_heap
    from pages._ui.frame.frame import run_in_frame
    from pages._ui.state.language import visit_language
    from rpn_core.messages import language, tr
    from rpn_core.models.runtime.threads import keep_to_one_thread

    keep_to_one_thread()
    # Before st.navigation, which would have the browser fetch a page's icon from another host.
    icon = str(Path(__file__).parent / "assets" / "icon.png")
    st.set_page_config(page_icon=icon, layout="wide")
    with language(visit_language()):
        # In the order in which one would look: a photo, what training sees of it, a data set, NMS.
        pages = (
            st.Page("pages/explore.py", title=tr("Explore"), icon=":material/search:"),
            st.Page("pages/targets.py", title=tr("Targets and loss"), icon=":material/target:"),
            st.Page("pages/design.py", title=tr("Anchor design"), icon=":material/grid_view:"),
            st.Page("pages/nms.py", title=tr("NMS"), icon=":material/filter_none:"),
        )
        # Links to the page at the bare address are wrong from any other page: Streamlit makes them
        # relative. So the first page has an address of its own beside it.
        front = st.Page(
            "pages/explore.py",
            title=tr("Explore"),
            icon=pages[0].icon,
            url_path="front",
            default=True,
        )
        page = st.navigation([front, *pages], position="hidden")
        st.set_page_config(page_title=f"{page.title} · RPN Explorer")
        run_in_frame(page, pages)
    freeze_heap()  # last, when model and libraries are there
else:  # once a process, by the server
    from streamlit.runtime.pages_manager import PagesManager

    from pages._server.first_visit import prepare_first_visit
    from pages._server.free_memory import return_free_memory
    from pages._server.headers import middleware
    from pages._server.health import routes

    # Until st.navigation has been called once, Streamlit runs the files of pages/ by themselves,
    # without app.py: a browser that reconnects to a restarted server would get that.
    PagesManager.uses_pages_directory = False
    return_free_memory()
    prepare_first_visit()
    app = st.App(__file__, routes=routes(), middleware=middleware())
