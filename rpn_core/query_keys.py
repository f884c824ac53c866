from rpn_core.settings.spelling import spell

__all__ = ["spell"]
