# coding: klingon
name = 'André'
