# after three
assert max(found[32, 10]) < min(found[128, 10]), "after as many epochs, more rows learn less"
assert max(found[128, 40]) < min(found[128, 10]), "after as many steps, they learn more"
