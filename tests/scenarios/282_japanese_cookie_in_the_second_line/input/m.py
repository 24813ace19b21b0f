#!/usr/bin/env python
# coding: shift_jis
s = 'あ'
