#!/bin/sh
for f; do nice -n 5 g++ -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Iinclude -Isrc $f; done
