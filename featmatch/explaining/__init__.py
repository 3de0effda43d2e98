"""What a convolutional network does, one topic a file, with real numbers of an image.

`topics` lists the topics in teaching order, `topic` says what one is made of; each other file
computes the data of one topic with `featmatch.nn`. Drawing them is the work of `report`.
"""
