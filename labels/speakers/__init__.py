from labels.speakers.document import quotations
from labels.speakers.quotation import Passage, Quotation

__all__ = ["Passage", "Quotation", "quotations"]
