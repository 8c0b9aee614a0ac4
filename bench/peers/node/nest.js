// NestJS as its documentation shows a gateway: an AuthGuard with @nestjs/jwt, HttpService (axios) in the controller. Plain JavaScript:
// the decorators are applied by hand, which is what the TypeScript compiler writes.
'use strict';
require('reflect-metadata');
const { readFileSync } = require('node:fs');
const { many } = require('./many');
const { All, Controller, Injectable, Module, Req, Res, UnauthorizedException, UseGuards } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { HttpModule, HttpService } = require('@nestjs/axios');
const { JwtModule, JwtService } = require('@nestjs/jwt');
const { firstValueFrom } = require('rxjs');

class AuthGuard {
  constructor(jwt) {
    this.jwt = jwt;
  }

  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const [type, token] = (request.headers.authorization ?? '').split(' ');
    if (type !== 'Bearer') throw new UnauthorizedException();
    try {
      request.user = await this.jwt.verifyAsync(token, { algorithms: ['ES256'], audience: 'crm' });
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}
Reflect.defineMetadata('design:paramtypes', [JwtService], AuthGuard);
Injectable()(AuthGuard);

class GatewayController {
  constructor(http) {
    this.http = http;
  }

  async proxy(request, response) {
    const answer = await firstValueFrom(
      this.http.request({
        method: request.method,
        url: process.env.UPSTREAM + request.url.slice('/gateway'.length),
        headers: { authorization: request.headers.authorization },
        data: request.body,
        validateStatus: () => true,
      }),
    );
    response.status(answer.status).json(answer.data);
  }
}
Reflect.defineMetadata('design:paramtypes', [HttpService], GatewayController);
Req()(GatewayController.prototype, 'proxy', 0);
Res()(GatewayController.prototype, 'proxy', 1);
All('*path')(GatewayController.prototype, 'proxy', Object.getOwnPropertyDescriptor(GatewayController.prototype, 'proxy'));
UseGuards(AuthGuard)(GatewayController);
Controller('gateway')(GatewayController);

class AppModule {}
Module({
  imports: [HttpModule, JwtModule.register({ publicKey: readFileSync(process.env.PUBLIC_KEY_FILE, 'utf8') })],
  controllers: [GatewayController],
})(AppModule);

many(async () => {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(Number(process.env.PORT), '127.0.0.1');
});
