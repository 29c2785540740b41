print("apus 0.1.0")
