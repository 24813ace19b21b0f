# -*- coding: cp1251 -*-
name = 'Анна'
