# coding: klingon
title = 'André'
