"""What a canvas shows, as values, and how it travels to the browser and back; no streamlit."""
