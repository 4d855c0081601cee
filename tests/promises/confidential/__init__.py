"""What tries promise 4: canaries planted everywhere, and every request that might tell of them.

oracle     who may see what, from the prose
canaries   what is planted, and how it is found in an answer
world      a programme full of canaries, and the people in it
inventory  every route and method, and the requests that try it
walk       everybody sends every request, and what was told is looked through
"""
