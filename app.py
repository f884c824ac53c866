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

    from pages._ui.frame import run_in_frame
    from pages._ui.heap import freeze_heap
    from pages._ui.threads import one_thread
    from pages._ui.workbench import asked_page

    ICON = str(Path(__file__).parent / "assets" / "icon.png")

    st.set_page_config(page_title="RPN Explorer", page_icon=ICON, layout="wide")
    one_thread()
    # In the order in which one would look: a photo, what training sees of it, a data set, NMS.
    pages = {
        "explore": st.Page("pages/explore.py", title="Explore", icon=":material/search:"),
        "targets": st.Page("pages/targets.py", title="Targets and loss", icon=":material/target:"),
        "design": st.Page("pages/design.py", title="Anchor design", icon=":material/grid_view:"),
        "nms": st.Page("pages/nms.py", title="NMS", icon=":material/filter_none:"),
    }
    page = st.navigation([*pages.values()])
    asked = asked_page(pages)
    if asked is not None:
        st.switch_page(asked, query_params=st.query_params.to_dict())
    run_in_frame(page)
    freeze_heap()  # last, when model and libraries are there
else:  # once a process, by the server
    from pages._server.first_visit import prepare_first_visit
    from pages._server.free_memory import return_free_memory
    from pages._server.headers import middleware
    from pages._server.health import routes

    return_free_memory()
    prepare_first_visit()
    app = st.App(__file__, routes=routes(), middleware=middleware())
