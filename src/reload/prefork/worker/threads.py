"""Which thread it is that asks."""


def is_main():
    import threading

    return threading.current_thread() is threading.main_thread()
