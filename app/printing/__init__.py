"""What is printed: letters as outlines, codes and the mark as shapes, pages as PDF from the same drawing."""
