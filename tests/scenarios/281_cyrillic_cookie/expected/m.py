# -*- coding: cp1251 -*-
name = 'Ольга'
