lock:
