"""The figures of each page: which chart, what caption says the finding, which table stands behind it."""

from reports.figures.dossier import dossier_figures
from reports.figures.figure import Figure
from reports.figures.night import night_figures
from reports.figures.trend import month_figures

__all__ = ["Figure", "dossier_figures", "month_figures", "night_figures"]
